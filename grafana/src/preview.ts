// A dashboard as a picture: asks a Prometheus, draws a page, lets Chromium photograph it.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { drawn, escape } from './draw.js';
import type { Filled, Mark } from './draw.js';
import type { Prometheus, Span } from './prometheus.js';
import type { Annotation, AnyDashboard } from './schema.js';
import { color, THEMES } from './theme.js';
import type { Theme } from './theme.js';

const WIDTH = 1320;
const MARGIN = 8;
const CELL = 30;
const HEAD = 48;
const TITLE = 28;
const COLUMN = (WIDTH - MARGIN) / 24;

/** A place on the picture, in pixels. */
export interface Place {
  title: string;
  x: number;
  y: number;
  width: number;
  height: number;
}

export interface Picture {
  html: string;
  width: number;
  height: number;
  /** Those that have something to show. */
  panels: Place[];
}

const pixels = ({ x, y, w, h }: { x: number; y: number; w: number; h: number }) => ({
  x: MARGIN + x * COLUMN,
  y: HEAD + y * (CELL + MARGIN),
  width: w * COLUMN - MARGIN,
  height: h * (CELL + MARGIN) - MARGIN,
});

/** Asks everything that the dashboard asks, with All chosen, and draws it. */
export async function picture(
  dashboard: AnyDashboard,
  prometheus: Prometheus,
  span: Span,
  themeName: string,
): Promise<Picture> {
  const theme = THEMES[themeName];
  const variables = await prometheus.variables(dashboard);
  const marks = (
    await Promise.all(dashboard.annotations.list.map(one => happened(one, prometheus, span, variables)))
  ).flat();
  const panels: Place[] = [];
  const parts: string[] = [];
  for (const panel of dashboard.panels) {
    const at = pixels(panel.gridPos ?? { x: 0, y: 0, w: 24, h: 1 });
    const style = `left:${at.x}px;top:${at.y}px;width:${at.width}px;height:${at.height}px`;
    if (panel.type === 'row') {
      parts.push(`<h2 style="${style}">▾ ${escape(panel.title ?? '')}</h2>`);
      continue;
    }
    const filled: Filled = {
      panel,
      results: await Promise.all(panel.targets.map(query => prometheus.ask(query, span, variables))),
    };
    const canvas = { width: at.width - 14, height: at.height - TITLE - 6, theme, span, marks };
    parts.push(
      `<section style="${style}"><h3>${escape(panel.title ?? '')}</h3><div class="${panel.type === 'heatmap' ? 'cells' : 'content'}">${drawn(filled, canvas)}</div></section>`,
    );
    if (filled.results.some(series => series.some(one => one.points.length > 0))) {
      panels.push({ title: panel.title ?? '', ...at });
    }
  }
  const ends = dashboard.panels.map(({ gridPos }) => (gridPos?.y ?? 0) + (gridPos?.h ?? 0));
  const height = Math.ceil(HEAD + Math.max(...ends) * (CELL + MARGIN));
  return { html: page(dashboard, theme, span, parts, height), width: WIDTH, height, panels };
}

/** What an annotation's query found: moments if its values are times, else as long as it had data. */
async function happened(
  annotation: Annotation,
  prometheus: Prometheus,
  span: Span,
  variables: Record<string, string>,
): Promise<Mark[]> {
  const mark = { name: annotation.name, color: color(annotation.iconColor) };
  const found = await prometheus.ask(annotation.target, span, variables);
  return found.flatMap(({ points }) => {
    if (annotation.useValueForTime) {
      const at = (points[0]?.[1] ?? 0) / 1000;
      return at > span.from && at < span.to ? [{ ...mark, from: at, to: at }] : [];
    }
    return stretches(points, span.step).map(([from, to]) => ({ ...mark, from, to }));
  });
}

/** Points that follow each other, as times from and to. */
function stretches(points: [number, number][], step: number): [number, number][] {
  const found: [number, number][] = [];
  for (const [at] of points) {
    const before = found.at(-1);
    if (before && at - before[1] <= 1.5 * step) {
      before[1] = at;
    } else {
      found.push([at, at + step / 2]);
    }
  }
  return found;
}

function page(dashboard: AnyDashboard, theme: Theme, span: Span, parts: string[], height: number): string {
  const chips = (dashboard.templating?.list ?? [])
    .filter(one => one.type === 'query')
    .map(one => `<span class="chip">${escape(one.label ?? one.name)} <b>All</b></span>`);
  const legend = dashboard.annotations.list.map(
    one => `<span class="chip"><i style="background:${color(one.iconColor)}"></i>${escape(one.name)}</span>`,
  );
  const minutes = Math.round((span.to - span.from) / 60);
  return `<!doctype html><html lang="en"><meta charset="utf-8"><title>${escape(dashboard.title)}</title><style>
*{box-sizing:border-box;margin:0}
body{position:relative;width:${WIDTH}px;height:${height}px;background:${theme.page};color:${theme.ink};font:12px 'DejaVu Sans',sans-serif;overflow:hidden}
header{display:flex;align-items:center;gap:8px;height:${HEAD - 4}px;padding:0 ${MARGIN + 4}px}
h1{font-size:16px;font-weight:600;margin-right:12px}
.chip{border:1px solid ${theme.line};background:${theme.panel};border-radius:3px;padding:4px 8px;color:${theme.faint};font-size:11px;white-space:nowrap}
.chip b{color:${theme.ink};font-weight:500}
.chip i,.legend i{display:inline-block;width:10px;height:4px;border-radius:2px;margin-right:5px;vertical-align:middle}
header span:last-child{margin-left:auto}
h2{position:absolute;font-size:13px;font-weight:600;line-height:${CELL}px;padding-left:4px}
section{position:absolute;background:${theme.panel};border:1px solid ${theme.line};border-radius:3px;overflow:hidden;padding:0 6px}
h3{font-size:12px;font-weight:500;line-height:${TITLE}px;height:${TITLE}px;white-space:nowrap;overflow:hidden;text-overflow:ellipsis;padding-left:2px}
svg{display:block}
.cells path{shape-rendering:crispEdges}
.none{display:flex;align-items:center;justify-content:center;height:70%;color:${theme.faint}}
.content,.cells{height:calc(100% - ${TITLE}px)}
.stats{display:flex;gap:4px;height:100%}
.stat{position:relative;flex:1;min-width:0}
.stat>*{position:absolute;left:0;top:0}
.stat span{left:2px;top:4px;font-size:26px;font-weight:500;white-space:nowrap}
.stat small{display:block;font-size:11px;color:${theme.faint}}
.legend{list-style:none;padding:2px 4px;display:flex;flex-wrap:wrap;gap:0 12px;font-size:11px;line-height:17px;height:36px;overflow:hidden}
.legend b{color:${theme.ink};font-weight:500}
table{width:100%;border-collapse:collapse;font-size:11.5px}
.bars td{padding:3px 4px;white-space:nowrap;line-height:14px}
.bars td:last-child{text-align:right;width:1%}
.bars td:first-child{width:1%;max-width:190px;overflow:hidden;text-overflow:ellipsis}
.bar{padding:3px 6px!important}
.bar i{display:block;height:12px;min-width:2px;border-radius:2px;opacity:.85}
.grid th{text-align:left;color:${theme.faint};font-weight:500}
.grid th,.grid td{padding:5px 8px;border-bottom:1px solid ${theme.line};white-space:nowrap}
</style><header><h1>${escape(dashboard.title)}</h1>${chips.join('')}${legend.join('')}<span class="chip">Last ${minutes} minutes</span></header>
${parts.join('\n')}</html>`;
}

/** A picture as PNG. */
export function photograph({ html, width, height }: Picture, file: string): void {
  const folder = mkdtempSync(join(tmpdir(), 'otakey-preview-'));
  try {
    const source = join(folder, 'page.html');
    writeFileSync(source, html);
    execFileSync(
      'chromium',
      [
        '--headless=new',
        '--no-sandbox', // root has none; the page is ours, and loads nothing
        '--disable-gpu',
        '--hide-scrollbars',
        '--force-device-scale-factor=1',
        `--user-data-dir=${join(folder, 'profile')}`,
        `--window-size=${width},${height}`,
        `--screenshot=${file}`,
        `file://${source}`,
      ],
      { stdio: ['ignore', 'ignore', 'pipe'], timeout: 60_000 },
    );
  } finally {
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  }
}

/** As few bytes as a page of documentation should have: 256 colours. */
export function shrink(file: string): void {
  execFileSync('pngquant', ['--force', '--ext', '.png', '--speed', '1', '256', file]);
}
