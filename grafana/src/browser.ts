// A browser with one page open: whatever goes wrong in it is kept, and fails the test at its end.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { connect, createServer } from 'node:net';
import type { AddressInfo, Server, Socket } from 'node:net';
import { chromium } from 'playwright-core';
import type { Browser, BrowserContext, Page } from 'playwright-core';

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
/** What depends on colours, judged in both schemes; all else once. */
const COLOURS = ['color-contrast', 'link-in-text-block'];
const RULES = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];
const PATIENCE_MILLIS = 20_000;

export const DESKTOP = { width: 1280, height: 860 };
export const PHONE = { width: 360, height: 740 };

interface Violation {
  id: string;
  help: string;
  nodes: { target: string[]; failureSummary: string }[];
}

export const openBrowser = (): Promise<Browser> =>
  // Root has no sandbox; every page here is the gateway's.
  chromium.launch({ executablePath: '/usr/bin/chromium', args: ['--no-sandbox', '--disable-gpu'] });

/** The way to a gateway, which can be cut. */
export class Way {
  private readonly server: Server;
  private readonly sockets = new Set<Socket>();
  private port = 0;

  constructor(to: URL) {
    this.server = createServer(here => {
      const there = connect(Number(to.port), to.hostname);
      for (const [from, other] of [
        [here, there],
        [there, here],
      ]) {
        this.sockets.add(from);
        from.on('error', () => {}).on('close', () => (this.sockets.delete(from), other.destroy()));
        from.pipe(other);
      }
    });
  }

  /** Open it, again if it was cut; where. */
  async open(): Promise<string> {
    await new Promise<void>((resolve, reject) =>
      this.server.once('error', reject).listen(this.port, '127.0.0.1', resolve),
    );
    this.port = (this.server.address() as AddressInfo).port;
    return `http://127.0.0.1:${this.port}`;
  }

  async cut(): Promise<void> {
    const closed = new Promise(resolve => this.server.close(resolve));
    this.sockets.forEach(socket => socket.destroy());
    await closed;
  }
}

export class Tab {
  /** What went wrong so far. */
  readonly faults: string[] = [];
  /** Every address that was asked for. */
  readonly asked: string[] = [];

  private constructor(
    private readonly context: BrowserContext,
    readonly page: Page,
  ) {}

  static async open(browser: Browser, viewport: { width: number; height: number }): Promise<Tab> {
    const context = await browser.newContext({
      viewport,
      isMobile: viewport.width < 500,
      hasTouch: viewport.width < 500,
      deviceScaleFactor: 1,
      locale: 'en-GB',
    });
    context.setDefaultTimeout(PATIENCE_MILLIS);
    const page = await context.newPage();
    const tab = new Tab(context, page);
    page.on('request', request => tab.asked.push(request.url()));
    page.on('pageerror', error => tab.faults.push(`an error: ${error.message}`));
    page.on('dialog', dialog => {
      tab.faults.push(`a script of a name ran: ${dialog.message()}`);
      void dialog.dismiss();
    });
    page.on('console', message => {
      // The browser notes refused and cut requests by itself; everything else is the page's.
      const noted = message.text().startsWith('Failed to load resource');
      if ((message.type() === 'error' || message.type() === 'warning') && !noted) {
        tab.faults.push(`on the console: ${message.text()}`);
      }
    });
    return tab;
  }

  /** What the rules of accessibility say of what is shown now, light and dark. */
  async judge(what: string): Promise<void> {
    const session = await this.context.newCDPSession(this.page);
    // The page's policy forbids eval; the debugger is not bound by it.
    await session.send('Runtime.evaluate', { expression: AXE });
    for (const [colorScheme, runOnly, least] of [
      ['light', RULES, 10],
      ['dark', COLOURS, 1],
    ] as const) {
      await this.page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
      const { result, exceptionDetails } = await session.send('Runtime.evaluate', {
        expression: `axe.run(document, { runOnly: ${JSON.stringify(runOnly)}, resultTypes: ['violations'] })
          .then(({ violations, passes }) => JSON.stringify({ violations, passed: passes.length }))`,
        awaitPromise: true,
      });
      if (exceptionDetails) {
        throw new Error(`axe: ${exceptionDetails.exception?.description ?? exceptionDetails.text}`);
      }
      const { violations, passed } = JSON.parse(result.value) as { violations: Violation[]; passed: number };
      if (passed < least) {
        this.faults.push(`${what}, ${colorScheme}: only ${passed} rules had anything to judge`);
      }
      violations.forEach(({ id, help, nodes }) =>
        this.faults.push(
          `${what}, ${colorScheme}: ${id}, ${help}: ${nodes.map(one => `${one.target} (${one.failureSummary})`).join('; ')}`,
        ),
      );
    }
    await session.detach();
    await this.fits(what);
  }

  /** Nothing reaches over the side. */
  async fits(what: string): Promise<void> {
    const wide = await this.page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
    if (wide > 0) {
      this.faults.push(`${what}: ${wide} pixels too wide for ${this.page.viewportSize()?.width}`);
    }
  }

  picture(path: string, colorScheme: 'light' | 'dark'): Promise<unknown> {
    return this.page
      .emulateMedia({ colorScheme, reducedMotion: 'reduce' })
      .then(() => this.page.screenshot({ path }));
  }

  close(): Promise<void> {
    return this.context.close();
  }
}
