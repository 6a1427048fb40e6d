// Panels as HTML and SVG, from a dashboard's JSON and what its queries gave.
import { init, use } from 'echarts/core';
import { HeatmapChart, LineChart } from 'echarts/charts';
import { GridComponent, MarkAreaComponent, MarkLineComponent, VisualMapComponent } from 'echarts/components';
import { SVGRenderer } from 'echarts/renderers';
import type { EChartsCoreOption } from 'echarts/core';
import type { Series, Span } from './prometheus.js';
import type { AnyPanel } from './schema.js';
import { color, PALETTE } from './theme.js';
import type { Theme } from './theme.js';
import { UNITS } from './units.js';

use([
  LineChart,
  HeatmapChart,
  GridComponent,
  MarkAreaComponent,
  MarkLineComponent,
  VisualMapComponent,
  SVGRenderer,
]);

/** Something that happened: from when to when, or at one time. */
export interface Mark {
  name: string;
  color: string;
  from: number;
  to: number;
}

/** What one panel shows: of each of its queries the series. */
export interface Filled {
  panel: AnyPanel;
  results: Series[][];
}

interface Canvas {
  width: number;
  height: number;
  theme: Theme;
  span: Span;
  marks: Mark[];
}

const FONT = 'DejaVu Sans, sans-serif';
const LEGEND = 40;

export const escape = (text: string): string =>
  text.replace(
    /[&<>"]/g,
    found => ({ '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' })[found] ?? found,
  );

const write = ({ fieldConfig: { defaults } }: AnyPanel, value: number): string =>
  UNITS[defaults.unit ?? 'none'](value, defaults.decimals);

/** The colour that thresholds give a number. */
function judged({ fieldConfig }: AnyPanel, value: number): string {
  const steps = fieldConfig.defaults.thresholds?.steps ?? [];
  return color(steps.filter(step => step.value === null || value >= step.value).at(-1)?.color ?? 'text');
}

interface Named {
  name: string;
  points: [number, number][];
}

/** Every series of a panel by the name that its query gives it. */
const named = ({ panel, results }: Filled): Named[] =>
  results.flatMap((series, i) =>
    series
      .filter(one => one.points.length > 0)
      .map(({ labels, points }) => ({
        name: (panel.targets[i].legendFormat ?? '').replace(
          /{{(\w+)}}/g,
          (_, label: string) => labels[label] ?? '',
        ),
        points,
      })),
  );

const last = ({ points }: Named): number => points[points.length - 1][1];

/** A panel's content; a word in its place if there is no data. */
export function drawn(filled: Filled, canvas: Canvas): string {
  const { panel } = filled;
  if (panel.type === 'table') {
    return table(filled);
  }
  const all = named(filled);
  if (all.length === 0) {
    return '<div class="none">No data</div>';
  }
  switch (panel.type) {
    case 'stat':
      return stat(panel, all, canvas);
    case 'bargauge':
      return bars(panel, all);
    case 'heatmap':
      return heatmap(panel, filled.results[0], canvas);
    case 'timeseries':
      return lines(panel, all, canvas);
  }
}

function svg(option: EChartsCoreOption, width: number, height: number): string {
  const chart = init(null, null, { renderer: 'svg', ssr: true, width, height });
  chart.setOption({ animation: false, backgroundColor: 'transparent', ...option });
  const text = chart.renderToSVGString();
  chart.dispose();
  return text;
}

const clock = (seconds: number): string => new Date(seconds * 1000).toISOString().slice(11, 19);

/** Room around axes. */
const GRID = {
  left: 8,
  right: 14,
  top: 10,
  bottom: 4,
  outerBoundsMode: 'same',
  outerBoundsContain: 'axisLabel',
};

const axisLabel = (theme: Theme) => ({ color: theme.faint, fontFamily: FONT, fontSize: 10 });

/** The axis of time and the one of values, in the panel's unit. */
function axes(panel: AnyPanel, { theme, span }: Canvas) {
  const label = axisLabel(theme);
  return {
    grid: GRID,
    xAxis: {
      type: 'value',
      min: span.from,
      max: span.to,
      splitNumber: 5,
      axisLine: { lineStyle: { color: theme.grid } },
      axisTick: { show: false },
      splitLine: { lineStyle: { color: theme.grid } },
      axisLabel: { ...label, formatter: clock, hideOverlap: true, showMaxLabel: false },
    },
    yAxis: {
      type: 'value',
      min: panel.fieldConfig.defaults.min,
      max: panel.fieldConfig.defaults.max,
      splitNumber: 4,
      splitLine: { lineStyle: { color: theme.grid } },
      axisLabel: {
        ...label,
        formatter: (value: number) => UNITS[panel.fieldConfig.defaults.unit ?? 'none'](value),
      },
    },
  };
}

/** The colour of a series: its own, or the next of the palette. */
function colors(panel: AnyPanel, all: Named[]): string[] {
  return all.map(({ name }, i) => {
    const own = panel.fieldConfig.overrides.find(one => new RegExp(String(one.matcher.options)).test(name));
    const value = own?.properties[0]?.value as { fixedColor?: string } | undefined;
    return value?.fixedColor ? color(value.fixedColor) : PALETTE[i % PALETTE.length];
  });
}

function lines(panel: AnyPanel & { type: 'timeseries' }, all: Named[], canvas: Canvas): string {
  const { span, marks, theme } = canvas;
  const paint = colors(panel, all);
  const custom = panel.fieldConfig.defaults.custom ?? {};
  const stacked = custom.stacking?.mode === 'normal';
  const most =
    panel.fieldConfig.defaults.max ?? Math.max(...all.flatMap(one => one.points.map(([, value]) => value)));
  const steps = stacked ? [] : (panel.fieldConfig.defaults.thresholds?.steps ?? []);
  const limits = steps
    .filter(step => step.value !== null && step.value <= most)
    .map(step => ({ yAxis: step.value, lineStyle: { color: color(step.color), type: 'dashed', width: 1 } }));
  const moments = marks
    .filter(mark => mark.from === mark.to)
    .map(mark => ({ xAxis: mark.from, lineStyle: { color: mark.color, type: 'dashed', width: 1 } }));
  const areas = marks
    .filter(mark => mark.from < mark.to)
    .map(mark => [{ xAxis: mark.from, itemStyle: { color: mark.color, opacity: 0.12 } }, { xAxis: mark.to }]);
  const times = [...new Set(all.flatMap(one => one.points.map(([at]) => at)))].sort((a, b) => a - b);
  const series = all.map(({ name, points }, i) => ({
    type: 'line',
    name,
    data: stacked ? filled(points, times) : gapped(points, span.step),
    showSymbol: false,
    stack: stacked ? 'all' : undefined,
    lineStyle: { width: custom.lineWidth ?? 1, color: paint[i] },
    itemStyle: { color: paint[i] },
    areaStyle: { color: paint[i], opacity: (custom.fillOpacity ?? 0) / 100 },
    ...(i === 0 && {
      markLine: { silent: true, symbol: 'none', label: { show: false }, data: [...limits, ...moments] },
      markArea: { silent: true, data: areas },
    }),
  }));
  const chart = svg({ ...axes(panel, canvas), series }, canvas.width, canvas.height - LEGEND);
  const legend = all.map(
    (one, i) =>
      `<li><i style="background:${paint[i]}"></i>${escape(one.name)} <b>${escape(write(panel, last(one)))}</b></li>`,
  );
  return `${chart}<ul class="legend" style="color:${theme.faint}">${legend.join('')}</ul>`;
}

/** What is stacked has a value wherever another has one. */
function filled(points: [number, number][], times: number[]): [number, number][] {
  const values = new Map(points);
  return times.map(at => [at, values.get(at) ?? 0]);
}

/** Where points are missing the line ends. */
function gapped(points: [number, number][], step: number): ([number, number] | [number, null])[] {
  return points.flatMap(([at, value], i) =>
    i > 0 && at - points[i - 1][0] > 2.5 * step
      ? [[at - step, null] as [number, null], [at, value] as [number, number]]
      : [[at, value] as [number, number]],
  );
}

function stat(panel: AnyPanel & { type: 'stat' }, all: Named[], canvas: Canvas): string {
  const each = all.slice(0, 6).map(one => {
    const value = last(one);
    const paint = judged(panel, value);
    const title = all.length > 1 ? `<small>${escape(one.name)}</small>` : '';
    const behind =
      one.points.length > 1 && panel.options.graphMode !== 'none'
        ? spark(one.points, paint, canvas, all.length)
        : '';
    return `<div class="stat">${behind}<span style="color:${paint}">${escape(write(panel, value))}${title}</span></div>`;
  });
  return `<div class="stats">${each.join('')}</div>`;
}

function spark(
  points: [number, number][],
  paint: string,
  { width, height, span }: Canvas,
  among: number,
): string {
  const values = points.map(([, value]) => value);
  const low = Math.min(...values);
  const hidden = { show: false };
  return svg(
    {
      grid: { left: 0, right: 0, top: height * 0.45, bottom: 0 },
      xAxis: { type: 'value', min: span.from, max: span.to, ...hidden },
      yAxis: { type: 'value', min: low === Math.max(...values) ? low - 1 : low, ...hidden },
      series: [
        {
          type: 'line',
          data: points,
          showSymbol: false,
          lineStyle: { color: paint, width: 1 },
          areaStyle: { color: paint, opacity: 0.18 },
        },
      ],
    },
    Math.floor(width / among),
    height,
  );
}

function bars(panel: AnyPanel, all: Named[]): string {
  const most = panel.fieldConfig.defaults.max ?? Math.max(...all.map(last), 1e-9);
  const each = all.map(one => {
    const share = Math.max(0, Math.min(1, last(one) / most)) * 100;
    const paint = judged(panel, last(one));
    const bar = `<i style="width:${share}%;background:${paint}"></i>`;
    const text = escape(write(panel, last(one)));
    return `<tr><td>${escape(one.name)}</td><td class="bar">${bar}</td><td style="color:${paint}">${text}</td></tr>`;
  });
  return `<table class="bars">${each.join('')}</table>`;
}

/** Buckets that add up become buckets of their own, from the lowest to the highest that has something. */
function heatmap(panel: AnyPanel, series: Series[], canvas: Canvas): string {
  const rows = series
    .map(({ labels, points }) => ({
      le: Number(labels.le?.replace('+Inf', 'Infinity')),
      at: new Map(points),
    }))
    .sort((a, b) => a.le - b.le);
  const times = [...new Set(series.flatMap(one => one.points.map(([at]) => at)))].sort((a, b) => a - b);
  const cells: [number, number, number][] = [];
  rows.forEach((row, y) =>
    times.forEach((at, x) => {
      const value = (row.at.get(at) ?? 0) - (y > 0 ? (rows[y - 1].at.get(at) ?? 0) : 0);
      if (value > 1e-9) {
        cells.push([x, y, Math.sqrt(value)]);
      }
    }),
  );
  const used = cells.map(([, y]) => y);
  const [low, high] = [Math.max(0, Math.min(...used) - 1), Math.min(rows.length - 1, Math.max(...used) + 1)];
  const label = axisLabel(canvas.theme);
  const unit = UNITS[panel.fieldConfig.defaults.unit ?? 'none'];
  return svg(
    {
      grid: GRID,
      xAxis: {
        type: 'category',
        data: times.map(clock),
        axisLine: { lineStyle: { color: canvas.theme.grid } },
        axisTick: { show: false },
        axisLabel: { ...label, interval: Math.ceil(times.length / 5) },
      },
      yAxis: {
        type: 'category',
        data: rows.slice(low, high + 1).map(row => (Number.isFinite(row.le) ? unit(row.le) : '∞')),
        axisLine: { show: false },
        axisTick: { show: false },
        axisLabel: label,
      },
      visualMap: {
        show: false,
        min: 0,
        max: Math.max(...cells.map(([, , value]) => value), 1e-9),
        inRange: { color: canvas.theme.heat },
      },
      series: [{ type: 'heatmap', data: cells.map(([x, y, value]) => [x, y - low, value]), progressive: 0 }],
    },
    canvas.width,
    canvas.height,
  );
}

/** As Grafana's transformations have it: rows with the same labels merged, columns chosen and renamed. */
function table({ panel, results }: Filled): string {
  const columns = Object.entries(
    (
      panel.transformations?.find(one => one.id === 'organize')?.options as {
        renameByName: Record<string, string>;
      }
    ).renameByName,
  );
  const alone = results.length === 1;
  const rows: Record<string, string | number>[] = [];
  results.forEach((series, i) => {
    const value = alone ? 'Value' : `Value #${panel.targets[i].refId}`;
    for (const { labels, points } of series) {
      const fits = rows.find(
        row =>
          Object.entries(labels).every(([key, text]) => row[key] === undefined || row[key] === text) &&
          row[value] === undefined,
      );
      const row = fits ?? {};
      if (!fits) {
        rows.push(row);
      }
      Object.assign(row, labels, { [value]: points[points.length - 1]?.[1] });
    }
  });
  const cell = (row: Record<string, string | number>, name: string, title: string): string => {
    const value = row[name];
    if (typeof value !== 'number') {
      return `<td>${escape(value ?? '')}</td>`;
    }
    const own = panel.fieldConfig.overrides.find(one => one.matcher.options === title)?.properties[0]
      ?.value as string;
    const text = own ? UNITS[own](value) : write(panel, value);
    return `<td class="number">${escape(text)}</td>`;
  };
  const head = columns.map(([, title]) => `<th>${escape(title)}</th>`).join('');
  const body = rows
    .slice(0, 12)
    .map(row => `<tr>${columns.map(([name, title]) => cell(row, name, title)).join('')}</tr>`)
    .join('');
  return rows.length === 0
    ? '<div class="none">No data</div>'
    : `<table class="grid"><tr>${head}</tr>${body}</table>`;
}
