// A run's report and two runs side by side, in a browser: wide and narrow, light, dark and in print.
import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readdirSync } from 'node:fs';
import { basename, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Browser, Page } from 'playwright-core';
import { DESKTOP, openBrowser, Tab } from './browser.js';

const PHONE = { width: 390, height: 844 };
/** A4 within its margins, at 96 pixels an inch; an A4 sheet has 210 × 297 mm. */
const PAPER = { width: 680, height: 1000 };
const SCHEMES = ['light', 'dark'] as const;

/** Every page under a folder: of runs, and of comparisons beside them. */
export function pagesIn(folder: string): string[] {
  const found = readdirSync(folder, { withFileTypes: true })
    .flatMap(entry =>
      entry.isDirectory() ? [join(folder, entry.name, 'report.html')] : [join(folder, entry.name)],
    )
    .filter(file => file.endsWith('.html') && existsSync(file));
  return found.sort();
}

/** What is wrong with charts as they stand; runs in the page. */
function chartFaults(least: { text: number; line: number; pixels: number; charts: boolean }): string[] {
  const faults: string[] = [];
  const canvas = document.createElement('canvas').getContext('2d', { willReadFrequently: true })!;
  const luminance = (colour: string): number => {
    canvas.clearRect(0, 0, 1, 1);
    canvas.fillStyle = colour;
    canvas.fillRect(0, 0, 1, 1);
    const [r, g, b] = [...canvas.getImageData(0, 0, 1, 1).data.slice(0, 3)].map(byte => {
      const share = byte / 255;
      return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const contrast = (a: string, b: string): number => {
    const [dark, bright] = [luminance(a), luminance(b)].sort((x, y) => x - y);
    return (bright + 0.05) / (dark + 0.05);
  };
  const ground = (element: Element): string => {
    for (let at: Element | null = element; at; at = at.parentElement) {
      const colour = getComputedStyle(at).backgroundColor;
      if (!colour.startsWith('rgba(0, 0, 0, 0')) {
        return colour;
      }
    }
    return 'white';
  };
  let charts = 0;
  for (const figure of document.querySelectorAll('figure')) {
    const name = figure.querySelector('figcaption')?.firstChild?.textContent ?? 'a chart';
    const shown = [...figure.querySelectorAll('svg')].filter(svg => svg.checkVisibility());
    if (shown.length !== 1) {
      faults.push(`${name}: ${shown.length} drawings are shown, not one`);
      continue;
    }
    charts++;
    const [svg] = shown;
    const box = svg.getBoundingClientRect();
    if (box.width < 200 || box.height < 50) {
      faults.push(`${name}: only ${Math.round(box.width)} × ${Math.round(box.height)} pixels`);
    }
    const back = ground(svg);
    const texts = [...svg.querySelectorAll('text')];
    if (texts.length < 3) {
      faults.push(`${name}: ${texts.length} texts`);
    }
    const boxes = texts.map(text => ({ words: text.textContent ?? '', at: text.getBoundingClientRect() }));
    texts.forEach((text, i) => {
      const { words, at } = boxes[i];
      const style = getComputedStyle(text);
      const size = Number.parseFloat(style.fontSize) * (box.width / svg.viewBox.baseVal.width);
      const ratio = contrast(style.fill, back);
      if (size < least.pixels) {
        faults.push(`${name}: "${words}" has ${size.toFixed(1)} pixels`);
      }
      if (ratio < least.text) {
        faults.push(`${name}: "${words}" has contrast ${ratio.toFixed(2)}, ${style.fill} on ${back}`);
      }
      if (
        at.left < box.left - 1 ||
        at.right > box.right + 1 ||
        at.top < box.top - 1 ||
        at.bottom > box.bottom + 1
      ) {
        faults.push(`${name}: "${words}" reaches over the side`);
      }
      for (const other of boxes.slice(i + 1)) {
        const across = Math.min(at.right, other.at.right) - Math.max(at.left, other.at.left);
        const down = Math.min(at.bottom, other.at.bottom) - Math.max(at.top, other.at.top);
        if (across > 1 && down > 3) {
          faults.push(`${name}: "${words}" and "${other.words}" lie on each other`);
        }
      }
    });
    for (const key of figure.querySelectorAll('.legend i')) {
      const ratio = contrast(getComputedStyle(key).backgroundColor, back);
      if (ratio < least.line) {
        faults.push(
          `${name}: the line of ${key.parentElement?.textContent} has contrast ${ratio.toFixed(2)}`,
        );
      }
    }
  }
  if (charts === 0 && least.charts) {
    faults.push('no chart is shown');
  }
  return faults;
}

/** What a printer would cut; runs in the page, which is as wide as paper. */
function printFaults(height: number): string[] {
  const faults: string[] = [];
  for (const element of document.querySelectorAll('figure, .tile, tr')) {
    const tall = element.getBoundingClientRect().height;
    if (getComputedStyle(element).breakInside !== 'avoid') {
      faults.push(`${element.tagName} may be cut between pages`);
    } else if (tall > height) {
      faults.push(`${element.tagName} of ${Math.round(tall)} pixels is longer than a page`);
    }
  }
  for (const card of document.querySelectorAll('.card')) {
    if (card.scrollWidth > card.clientWidth) {
      const heads = [...card.querySelectorAll('th')].map(head => head.textContent).join(', ');
      faults.push(`a table is ${card.scrollWidth - card.clientWidth} pixels wider than paper: ${heads}`);
    }
  }
  return faults;
}

export class ReportTrial {
  private readonly faults: string[] = [];

  /** @param pictures where pictures and PDFs go */
  constructor(private readonly pictures: string) {
    mkdirSync(pictures, { recursive: true });
  }

  /** How many pages went well; fails with everything that did not. */
  async run(files: string[]): Promise<number> {
    assert.ok(files.length > 0, 'there are no reports to look at');
    const browser = await openBrowser();
    try {
      for (const file of files) {
        for (const viewport of [DESKTOP, PHONE]) {
          await this.look(browser, file, viewport);
        }
        await this.print(browser, file);
      }
    } finally {
      await browser.close();
    }
    assert.ok(this.faults.length === 0, `\n${this.faults.join('\n')}`); // all, which a difference would cut
    return files.length;
  }

  /** Contrasts as WCAG has them; two runs have charts of what both did, which may be nothing. */
  private least(file: string, pixels: number) {
    return { text: 4.5, line: 3, pixels, charts: basename(file) === 'report.html' };
  }

  private name(file: string): string {
    return basename(file) === 'report.html' ? basename(join(file, '..')) : basename(file, '.html');
  }

  private async open(
    browser: Browser,
    file: string,
    viewport: { width: number; height: number },
  ): Promise<Tab> {
    const tab = await Tab.open(browser, viewport);
    await tab.page.goto(pathToFileURL(file).href);
    return tab;
  }

  private async look(
    browser: Browser,
    file: string,
    viewport: { width: number; height: number },
  ): Promise<void> {
    const tab = await this.open(browser, file, viewport);
    const { page } = tab;
    await unfold(page);
    const what = `${this.name(file)}, ${viewport.width} pixels wide`;
    await tab.judge(what);
    for (const colorScheme of SCHEMES) {
      await page.emulateMedia({ colorScheme });
      const found = await page.evaluate(chartFaults, this.least(file, 9));
      this.faults.push(...found.map(fault => `${what}, ${colorScheme}: ${fault}`));
      const path = join(this.pictures, `${this.name(file)}-${viewport.width}-${colorScheme}.png`);
      await page.screenshot({ path, fullPage: true });
    }
    await this.closed(tab, file);
  }

  private async print(browser: Browser, file: string): Promise<void> {
    const tab = await this.open(browser, file, PAPER);
    const { page } = tab;
    const what = `${this.name(file)}, in print`;
    await page.pdf({
      path: join(this.pictures, `${this.name(file)}.pdf`),
      format: 'A4',
      preferCSSPageSize: true,
    });
    await page.emulateMedia({ media: 'print', colorScheme: 'dark' });
    const found = [
      ...(await page.evaluate(printFaults, PAPER.height)),
      ...(await page.evaluate(chartFaults, this.least(file, 8))),
    ];
    this.faults.push(...found.map(fault => `${what}: ${fault}`));
    await tab.fits(what);
    await this.closed(tab, file);
  }

  /** The page was all that was asked for. */
  private async closed(tab: Tab, file: string): Promise<void> {
    const others = tab.asked.filter(address => address !== pathToFileURL(file).href);
    await tab.close();
    this.faults.push(...tab.faults, ...others.map(address => `${file} asked for ${address}`));
  }
}

/** What is folded is looked at, too. */
const unfold = (page: Page): Promise<void> =>
  page.evaluate(() => document.querySelectorAll('details').forEach(each => (each.open = true)));
