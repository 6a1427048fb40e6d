// A browser with one page open: whatever goes wrong in it is kept, and fails the test at its end.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { chromium } from 'playwright-core';
import type { Browser, BrowserContext, Page } from 'playwright-core';

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
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

export class Tab {
  private readonly faults: string[] = [];
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

  offline(so: boolean): Promise<void> {
    return this.context.setOffline(so);
  }

  /** What the rules of accessibility say of what is shown now, light and dark. */
  async judge(what: string): Promise<void> {
    const session = await this.context.newCDPSession(this.page);
    for (const colorScheme of ['light', 'dark'] as const) {
      await this.page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
      // The page's policy forbids eval; the debugger is not bound by it.
      await session.send('Runtime.evaluate', { expression: AXE });
      const { result, exceptionDetails } = await session.send('Runtime.evaluate', {
        expression: `axe.run(document, { runOnly: ${JSON.stringify(RULES)} })
          .then(({ violations, passes }) => JSON.stringify({ violations, passed: passes.length }))`,
        awaitPromise: true,
      });
      if (exceptionDetails) {
        throw new Error(`axe: ${exceptionDetails.exception?.description ?? exceptionDetails.text}`);
      }
      const { violations, passed } = JSON.parse(result.value) as { violations: Violation[]; passed: number };
      if (passed < 10) {
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

  /** Everything that went wrong; closes it. */
  async close(): Promise<string[]> {
    await this.context.close();
    return this.faults;
  }
}
