// The console through its real buttons, in a browser, on the fleet of a run.
import assert from 'node:assert/strict';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Locator, Page } from 'playwright-core';
import { DESKTOP, openBrowser, PHONE, Tab, Way } from './browser.js';
import { until } from './crew.js';

/** What the console is tried on: 300 devices or so of `meter` that do what they are asked. */
export interface Stage {
  url: string;
  call: (method: string, path: string, body?: unknown) => Promise<any>;
}

const HOSTILE = `<img src=x onerror="alert('name')">`;
const NOBODY = '0'.repeat(64);

export class ConsoleTrial {
  private tokens: Record<string, { token: string; stored: { id: number } }> = {};
  private tab!: Tab;
  private readonly way: Way;
  private url = '';

  constructor(
    private readonly stage: Stage,
    private readonly pictures: string,
  ) {
    mkdirSync(pictures, { recursive: true });
    this.way = new Way(new URL(stage.url));
  }

  /** How many steps went well; fails with everything that did not. */
  async run(): Promise<number> {
    await this.prepare();
    this.url = await this.way.open();
    const browser = await openBrowser();
    try {
      const steps = [...this.onDesktop(), ...this.onPhone()];
      const faults: string[] = [];
      for (const viewport of [DESKTOP, PHONE]) {
        this.tab = await Tab.open(browser, viewport);
        for (const [name, step] of viewport === DESKTOP ? this.onDesktop() : this.onPhone()) {
          await step().catch(failure => {
            const before = this.tab.faults.map(fault => `\nbefore that: ${fault}`).join('');
            throw new Error(`console, ${name}: ${failure.message}${before}`, { cause: failure });
          });
        }
        this.checkAddresses();
        await this.tab.close();
        faults.push(...this.tab.faults);
      }
      assert.deepEqual(faults, []);
      return steps.length;
    } finally {
      await browser.close();
      await this.way.cut();
    }
  }

  private get page(): Page {
    return this.tab.page;
  }

  private onDesktop(): [string, () => Promise<void>][] {
    return [
      ['wrong tokens', () => this.wrongTokens()],
      ['fleet, as a viewer by keyboard', () => this.fleet()],
      ['a viewer has no buttons', () => this.viewer()],
      ['an operator steers a campaign', () => this.steer()],
      ['approval', () => this.approve()],
      ['a device and its timeline', () => this.device()],
      ['events', () => this.events()],
      ['platforms', () => this.platforms()],
      ['the gateway goes away and is back', () => this.away()],
      ['a reload keeps the token in its tab', () => this.reload()],
      ['the token ends', () => this.ended()],
    ];
  }

  private onPhone(): [string, () => Promise<void>][] {
    return [['every view on a phone', () => this.phone()]];
  }

  private async prepare(): Promise<void> {
    const { call } = this.stage;
    for (const role of ['viewer', 'operator']) {
      this.tokens[role] = await call('POST', '/tokens', { name: `console-${role}`, role });
    }
    await call('POST', '/products', { id: 'zz-odd', name: HOSTILE });
    await this.order({ name: HOSTILE, target: { products: ['zz-odd'] } });
  }

  private order(more: object): Promise<{ id: number }> {
    return this.stage.call('POST', '/campaigns', { goal: 'rotate', ...more });
  }

  private button(name: string): Locator {
    return this.page.getByRole('button', { name, exact: true });
  }

  private async signIn(role: string): Promise<void> {
    await this.page.getByLabel('API token').fill(this.tokens[role].token);
    await this.button('Sign in').click();
    await this.title('Fleet');
  }

  private title(text: string): Promise<void> {
    return this.page.getByRole('heading', { level: 1, name: text, exact: true }).waitFor();
  }

  private go(view: string): Promise<void> {
    return this.page.getByRole('navigation', { name: 'Console' }).getByRole('link', { name: view }).click();
  }

  private picture(name: string, scheme: 'light' | 'dark' = 'light'): Promise<unknown> {
    return this.tab.picture(join(this.pictures, `console-${name}.png`), scheme);
  }

  /** A token is nowhere but in headers and this tab. */
  private checkAddresses(): void {
    const secrets = Object.values(this.tokens).map(one => one.token);
    assert.deepEqual(
      this.tab.asked.filter(url => !url.startsWith(this.url) || secrets.some(one => url.includes(one))),
      [],
    );
  }

  private async wrongTokens(): Promise<void> {
    await this.page.goto(`${this.url}/console/`);
    const input = this.page.getByLabel('API token');
    assert.equal(await input.getAttribute('type'), 'password');
    await this.tab.judge('sign in');
    await input.fill('admin');
    await this.button('Sign in').click();
    await this.page.getByText('A token has 64 digits').waitFor();
    await input.fill(NOBODY);
    await this.button('Sign in').click();
    await this.page.getByText('The token is not known, expired or revoked').waitFor();
    assert.equal(await this.page.evaluate(() => sessionStorage.length), 0);
  }

  private async fleet(): Promise<void> {
    await this.page.getByLabel('API token').fill(this.tokens.viewer.token);
    await this.page.keyboard.press('Enter');
    await this.title('Fleet');
    assert.equal(await this.page.evaluate(() => document.activeElement?.tagName), 'H1');
    const { products } = await this.stage.call('GET', '/fleet');
    const sum = (states: string[]) =>
      products
        .flatMap((one: any) => states.map(state => one.devices[state]))
        .reduce((all: number, one: number) => all + one, 0);
    const tile = (name: string) => this.page.locator('.tile', { hasText: name }).locator('b').first();
    await tile('Expected').waitFor();
    assert.equal(await tile('Expected').textContent(), String(sum(['expected'])));
    assert.equal(await tile('Barred').textContent(), String(sum(['blocked', 'revoked', 'removed'])));
    await this.page.locator('.card', { hasText: 'meter' }).first().waitFor();
    assert.ok(await this.page.getByText(HOSTILE).first().isVisible(), 'a name is text');
    assert.equal(await this.page.locator('main img').count(), 0);
    await this.page.locator('#live.live').waitFor();
    await this.tab.judge('fleet');
    await this.picture('fleet');
    // The first Tab of a page leads past what is the same on all of them.
    await this.page.locator('body').click({ position: { x: 2, y: 400 } });
    await this.page.keyboard.press('Tab');
    await this.page.keyboard.press('Shift+Tab');
    await this.page.locator('.skip').focus();
    await this.page.keyboard.press('Tab');
    await this.page.keyboard.press('Tab');
    await this.page.keyboard.press('Enter');
    await this.title('Campaigns');
  }

  private async viewer(): Promise<void> {
    await this.go('Fleet');
    await this.page.getByRole('link', { name: 'valves', exact: true }).click();
    await this.page.locator('.name', { hasText: 'valves' }).waitFor();
    await this.page.getByText('Running').first().waitFor();
    assert.equal(await this.page.locator('main button').count(), 0);
    await this.button('Sign out').click();
    await this.page.getByLabel('API token').waitFor();
    assert.equal(await this.page.evaluate(() => sessionStorage.length + localStorage.length), 0);
  }

  /** Two waves; started after a first thought, paused in the middle, and gone on with. */
  private async steer(): Promise<void> {
    const campaign = await this.order({
      ...{ name: 'from the console', target: { products: ['meter'] }, waves: [90], successPercent: 100 },
      ...{ pace: { perSecond: 20 }, timeoutSeconds: 600 },
    });
    await this.signIn('operator');
    await this.go('Campaigns');
    await this.page.getByRole('link', { name: 'from the console' }).first().click();
    await this.title(`Campaign ${campaign.id}`);
    await this.button('Start').click();
    const dialog = this.page.getByRole('dialog');
    await dialog.getByText('are asked for a new key. The first wave has').waitFor();
    await this.tab.judge('a question');
    await this.page.keyboard.press('Escape');
    assert.equal(await dialog.count(), 0);
    assert.equal((await this.campaign(campaign.id)).state, 'ready');
    await this.button('Start').press('Enter');
    await dialog.waitFor();
    // No to one question and another one asked before the browser tells of the first one's end.
    await this.page.evaluate(() => {
      document.querySelector('dialog')?.close();
      document.querySelector<HTMLElement>('.controls button')?.click();
    });
    await dialog.getByRole('button', { name: 'Start' }).press('Enter');
    const progress = this.page.locator('#progress');
    await until('progress', async () => (await this.done(progress)) > 0);
    const started = this.tab.asked.filter(url => url.endsWith(`/campaigns/${campaign.id}/start`));
    assert.equal(started.length, 1, 'Escape means no');
    const before = await this.done(progress);
    await until('more of it', async () => (await this.done(progress)) > before);
    await this.picture('campaign');
    await this.button('Pause').click();
    await this.page.getByText('Paused', { exact: true }).waitFor();
    const { devices } = await this.campaign(campaign.id);
    assert.ok(devices.queued > 0, 'it was paused before its end');
    await this.tab.judge('a campaign that is paused');
    await this.button('Next wave').click();
    await dialog.getByText('whatever became of the waves before').waitFor();
    await dialog.getByRole('button', { name: 'Cancel' }).click();
    await this.button('Resume').click();
    await this.page.getByText('Running', { exact: true }).waitFor();
    const paused = await this.done(progress);
    await until('it to go on', async () => (await this.done(progress)) > paused);
    await this.button('Abort').click();
    await dialog.getByText('It ends for good.').waitFor();
    await dialog.getByRole('button', { name: 'Abort' }).click();
    await this.page.getByText('Stopped', { exact: true }).waitFor();
    assert.equal(await this.page.locator('.controls button').count(), 0);
  }

  private campaign(id: number): Promise<any> {
    return this.stage.call('GET', `/campaigns/${id}`);
  }

  private async done(progress: Locator): Promise<number> {
    return Number(/^([\d,]+) of/.exec((await progress.textContent()) ?? '')?.[1].replace(',', '') ?? 0);
  }

  private async approve(): Promise<void> {
    const target = { products: ['pump'] };
    const campaign = await this.order({ name: 'bar them', goal: 'revoke', target, needsApproval: true });
    await this.go('Campaigns');
    await this.page.getByRole('link', { name: 'bar them' }).first().click();
    await this.title(`Campaign ${campaign.id}`);
    await this.button('Approve').click();
    const dialog = this.page.getByRole('dialog');
    await dialog.getByText('are revoked for good').waitFor();
    assert.match((await dialog.textContent()) ?? '', /Ordered by bootstrap: \d+ devices/);
    await dialog.getByRole('button', { name: 'Approve' }).click();
    await this.page.getByText('Ready', { exact: true }).waitFor();
    await this.button('Start').click();
    await dialog.getByText('are revoked for good').waitFor();
    // Somebody else is quicker: what the gateway says is shown.
    await this.stage.call('POST', `/campaigns/${campaign.id}/abort`);
    await dialog.getByRole('button', { name: 'Start' }).click();
    await this.page.getByText('this needs ready').waitFor();
    await this.page.getByText('Stopped', { exact: true }).waitFor();
  }

  private async device(): Promise<void> {
    await this.go('Devices');
    await this.page.getByLabel('Device id begins with').fill('dev-000001');
    await this.page.getByLabel('Product').selectOption('meter');
    await this.page.keyboard.press('Tab');
    await this.button('Find').click();
    const links = this.page.locator('tbody a');
    await until('ten devices', async () => (await links.count()) === 10);
    await this.tab.judge('devices');
    await links.first().click();
    await this.title('dev-0000010');
    const timeline = this.page.locator('.timeline');
    for (const what of ['Enrolled', 'Rotated', 'Moved', 'Known to the gateway since then.']) {
      await timeline.getByText(what, { exact: true }).first().waitFor();
    }
    await this.tab.judge('a device');
    await this.picture('device');
    await this.page.locator('#live.live').waitFor();
    const told = (kind: string) => timeline.getByText(kind, { exact: true }).count();
    const before = await told('Blocked');
    await this.stage.call('POST', '/products/meter/devices/dev-0000010/block');
    await until('the block to be told', async () => (await told('Blocked')) === before + 1, 5000);
    await this.page.locator('.view > div').first().getByText('Blocked', { exact: true }).waitFor();
    await this.stage.call('POST', '/products/meter/devices/dev-0000010/unblock');
    await until('the end of it', async () => (await told('Unblocked')) === before + 1, 5000);
  }

  private async events(): Promise<void> {
    await this.go('Events');
    await this.page.getByText('Duplicate device').first().waitFor();
    await this.page.getByText('It is not registered').first().waitFor();
    await this.tab.judge('events');
    await this.picture('events', 'dark');
    await this.page.getByRole('link', { name: 'Operators', exact: true }).click();
    await this.page.getByText('No service until it is unblocked. By bootstrap.').first().waitFor();
    await this.page.getByRole('link', { name: 'All', exact: true }).click();
    await this.page
      .getByRole('link', { name: /^meter\// })
      .first()
      .waitFor();
    const before = await this.page.locator('.events > li').count();
    await this.button('Look further back').click();
    await until('older events', async () => (await this.page.locator('.events > li').count()) > before);
    const shown = await this.page.locator('.events > li').allTextContents();
    assert.equal(new Set(shown).size, shown.length, 'each event once');
  }

  private async platforms(): Promise<void> {
    await this.go('Platforms');
    const harbour = this.page.locator('.card', { hasText: 'harbour' });
    const { logins } = await this.stage.call('GET', '/platforms/harbour');
    assert.ok(logins.there > 0);
    await harbour.getByText('Logins there').waitFor();
    await harbour.getByText(`${logins.there}`, { exact: true }).first().waitFor();
    await this.page.locator('.card', { hasText: 'It asks the gateway' }).getByText('cloud').waitFor();
    await this.tab.judge('platforms');
  }

  private async away(): Promise<void> {
    await this.go('Fleet');
    await this.page.locator('#live.live').waitFor();
    await this.way.cut();
    const banner = this.page.getByRole('alert').filter({ hasText: 'The gateway does not answer' });
    await banner.waitFor();
    await this.page.locator('#live.away').waitFor();
    await this.tab.judge('the gateway is away');
    await this.way.open();
    await banner.waitFor({ state: 'detached' });
    await this.page.locator('#live.live').waitFor();
    await this.page.goto(`${this.url}/console/#/devices/meter/no-such-device`);
    await this.page.getByText('no-such-device').nth(1).waitFor();
    await this.button('Try again').waitFor();
    await this.tab.judge('a problem');
  }

  private async reload(): Promise<void> {
    await this.page.goto(`${this.url}/console/#/platforms`);
    await this.page.reload();
    await this.title('Platforms');
    assert.deepEqual(await this.page.context().cookies(), []);
  }

  private async ended(): Promise<void> {
    await this.stage.call('DELETE', `/tokens/${this.tokens.operator.stored.id}`);
    await this.page.getByText('You were signed out').waitFor();
    assert.equal(await this.page.evaluate(() => sessionStorage.length), 0);
  }

  private async phone(): Promise<void> {
    await this.page.goto(`${this.url}/console/`);
    await this.tab.fits('sign in on a phone');
    await this.signIn('viewer');
    await this.page.locator('.card', { hasText: 'meter' }).first().waitFor();
    await this.tab.judge('fleet on a phone');
    await this.picture('phone');
    for (const view of ['Campaigns', 'Devices', 'Events', 'Platforms']) {
      await this.go(view);
      await this.title(view);
      await this.page.locator('.view > :not(.wait)').first().waitFor();
      await this.tab.fits(`${view} on a phone`);
    }
    await this.page.goto(`${this.url}/console/#/devices/meter/dev-0000010`);
    await this.page.locator('.timeline li').first().waitFor();
    await this.tab.fits('a device on a phone');
    await this.go('Campaigns');
    await this.page.getByRole('link', { name: 'from the console' }).first().click();
    await this.page.locator('#progress').waitFor();
    await this.tab.judge('a campaign on a phone');
  }
}
