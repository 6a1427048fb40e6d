// A panel in a few lines: what every panel has in common is said here, once.
import {
  BarGaugeDisplayMode,
  BarGaugeNamePlacement,
  BarGaugeSizing,
  BarGaugeValueMode,
  BigValueColorMode,
  BigValueGraphMode,
  BigValueJustifyMode,
  BigValueTextMode,
  DashboardCursorSync,
  FieldColorModeId,
  GraphThresholdsStyleMode,
  LegendDisplayMode,
  PercentChangeColorMode,
  SortOrder,
  StackingMode,
  TableCellHeight,
  ThresholdsMode,
  TooltipDisplayMode,
  VariableHide,
  VariableRefresh,
  VariableSort,
  VisibilityMode,
  VizOrientation,
} from '@grafana/schema';
import type { AnnotationQuery, DashboardLink, Threshold, VariableModel } from '@grafana/schema';
import { HeatmapColorMode, HeatmapColorScale } from '@grafana/schema/dist/esm/raw/composable/heatmap/panelcfg/x/HeatmapPanelCfg_types.gen';
import { labelsOf } from './contract.js';
import { narrowed } from './promql.js';
import type { AnyDashboard, AnyPanel, PrometheusQuery } from './schema.js';

/** The version of dashboards' JSON that the schema package describes. */
const SCHEMA_VERSION = 42;
const COLUMNS = 24;
const PROMETHEUS = { type: 'prometheus', uid: '${datasource}' } as const;

/** Where docs/ is served; the value can be changed in Grafana. */
const DOCS = '/public/otakey';

// ---- queries

/** A query, how its series are called, and why it may well have no data. */
export interface Query {
  expr: string;
  legend?: string;
  empty?: string;
}

export const q = (expr: string, legend?: string, empty?: string): Query => ({ expr, legend, empty });

/** A quantile of a histogram over the last while; `by` keeps labels apart. */
export const quantile = (share: number, histogram: string, by: string[] = []): string => {
  const [metric, braces = ''] = histogram.split(/(?={)/);
  const rate = `rate(${metric}_bucket${braces}[$__rate_interval])`;
  return `histogram_quantile(${share}, sum by (${['le', ...by].join(', ')}) (${rate}))`;
};

/** Median, 99th and 99.9th percentile. */
export const quantiles = (histogram: string): Query[] =>
  [0.5, 0.99, 0.999].map(share => q(quantile(share, histogram), `p${share * 100}`));

/** What each metric in a query is narrowed to, as far as it has such labels. */
const asked = (metric: string): string[] =>
  ['cluster', 'instance', 'product']
    .filter(label => label !== 'product' || labelsOf(metric).includes(label))
    .map(label => `${label}=~"$${label}"`);

const scoped = (expr: string): string => narrowed(expr.replace(/\s+/g, ' ').trim(), asked);

// ---- thresholds: the colours of numbers, and dashed lines in charts

const steps = (...all: [string, number | null][]): Threshold[] =>
  all.map(([color, value]) => ({ color, value }));

/** Good below the first, bad from the last. */
export const below = (warn: number, bad?: number): Threshold[] =>
  bad === undefined
    ? steps(['green', null], ['red', warn])
    : steps(['green', null], ['orange', warn], ['red', bad]);

/** Bad below the first, good from the last. */
export const above = (bad: number, good?: number): Threshold[] =>
  good === undefined
    ? steps(['red', null], ['green', bad])
    : steps(['red', null], ['orange', bad], ['green', good]);

/** Neither good nor bad, worth a look from there. */
export const notable = (from: number): Threshold[] => steps(['blue', null], ['purple', from]);

// ---- panels

interface Spec {
  /** What it shows, what is usual, what to do if it is not. */
  about: string;
  /** As Grafana names units. */
  unit: string;
  at: Threshold[];
  /** The section of docs/runbook.md that helps, or a page of docs/ with a section. */
  runbook: string;
  of: Query | Query[];
  decimals?: number;
  min?: number;
  max?: number;
  /** Columns of 24; without it the panels of a row share its width. */
  w?: number;
}

type Chart = Spec & { stacked?: boolean; colors?: Record<string, string>; log?: boolean };
type Grid = Spec & { columns: Record<string, string>; units?: Record<string, string> };

/** A panel on its way: its place comes from its row. */
export interface Draft {
  panel: Omit<AnyPanel, 'gridPos'>;
  w?: number;
  empty: Record<string, string>;
}

function draft(
  id: number,
  title: string,
  spec: Spec,
  query: Partial<PrometheusQuery>,
  own: Pick<AnyPanel, 'type' | 'options'> & Partial<Pick<AnyPanel, 'fieldConfig' | 'transformations'>>,
): Draft {
  const queries = [spec.of].flat();
  const refIds = queries.map((_, i) => String.fromCharCode(65 + i));
  const link: DashboardLink = {
    title: 'Runbook',
    type: 'link',
    url: `\${docs}/${spec.runbook.includes('#') ? spec.runbook : `runbook.md#${spec.runbook}`}`,
    icon: 'doc',
    tooltip: 'What to do',
    asDropdown: false,
    includeVars: false,
    keepTime: false,
    tags: [],
    targetBlank: true,
  };
  const panel = {
    id,
    title,
    description: spec.about.replace(/\s+/g, ' ').trim(),
    type: own.type,
    datasource: PROMETHEUS,
    links: [link],
    targets: queries.map(({ expr, legend }, i) => ({
      refId: refIds[i],
      datasource: PROMETHEUS,
      expr: scoped(expr),
      legendFormat: legend ?? '__auto',
      ...query,
    })),
    fieldConfig: {
      defaults: {
        unit: spec.unit,
        decimals: spec.decimals,
        min: spec.min,
        max: spec.max,
        thresholds: { mode: ThresholdsMode.Absolute, steps: spec.at },
        ...own.fieldConfig?.defaults,
      },
      overrides: own.fieldConfig?.overrides ?? [],
    },
    options: own.options,
    transformations: own.transformations,
  } as Draft['panel'];
  const empty = Object.fromEntries(
    queries.flatMap((one, i) => (one.empty ? [[refIds[i], one.empty]] : [])),
  );
  return { panel, w: spec.w, empty };
}

const byThresholds = { color: { mode: FieldColorModeId.Thresholds } };
const lastValue = { calcs: ['lastNotNull'], fields: '', values: false };

/** A number, coloured by its thresholds, its course behind it. */
export const stat = (id: number, title: string, spec: Spec): Draft =>
  draft(id, title, spec, { range: true }, {
    type: 'stat',
    fieldConfig: { defaults: byThresholds, overrides: [] },
    options: {
      colorMode: BigValueColorMode.Value,
      graphMode: BigValueGraphMode.Area,
      justifyMode: BigValueJustifyMode.Auto,
      orientation: VizOrientation.Auto,
      percentChangeColorMode: PercentChangeColorMode.Standard,
      reduceOptions: lastValue,
      showPercentChange: false,
      textMode: BigValueTextMode.Auto,
      wideLayout: true,
    },
  });

/** Lines over time, or areas on top of each other. */
export const series = (id: number, title: string, spec: Chart): Draft =>
  draft(id, title, spec, { range: true }, {
    type: 'timeseries',
    fieldConfig: {
      defaults: {
        color: { mode: FieldColorModeId.PaletteClassic },
        custom: {
          fillOpacity: spec.stacked ? 40 : 8,
          lineWidth: spec.stacked ? 1 : 2,
          showPoints: VisibilityMode.Never,
          spanNulls: false,
          stacking: { mode: spec.stacked ? StackingMode.Normal : StackingMode.None, group: 'A' },
          thresholdsStyle: { mode: spec.stacked ? GraphThresholdsStyleMode.Off : GraphThresholdsStyleMode.Dashed },
        },
      },
      overrides: Object.entries(spec.colors ?? {}).map(([name, fixedColor]) => ({
        matcher: { id: 'byRegexp', options: name },
        properties: [{ id: 'color', value: { mode: FieldColorModeId.Fixed, fixedColor } }],
      })),
    },
    options: {
      legend: {
        calcs: ['lastNotNull', 'max'],
        displayMode: LegendDisplayMode.List,
        placement: 'bottom',
        showLegend: true,
      },
      tooltip: { mode: TooltipDisplayMode.Multi, sort: SortOrder.Descending },
    },
  });

/** One bar for each series, by its last value. */
export const bars = (id: number, title: string, spec: Spec): Draft =>
  draft(id, title, spec, { instant: true, range: false }, {
    type: 'bargauge',
    fieldConfig: { defaults: byThresholds, overrides: [] },
    options: {
      displayMode: BarGaugeDisplayMode.Basic,
      legend: { calcs: [], displayMode: LegendDisplayMode.List, placement: 'bottom', showLegend: false },
      maxVizHeight: 300,
      minVizHeight: 16,
      minVizWidth: 8,
      namePlacement: BarGaugeNamePlacement.Left,
      orientation: VizOrientation.Horizontal,
      reduceOptions: lastValue,
      showUnfilled: true,
      sizing: BarGaugeSizing.Auto,
      valueMode: BarGaugeValueMode.Color,
    },
  });

/** A histogram over time: the darker, the more observations. */
export const heatmap = (id: number, title: string, spec: Spec): Draft =>
  draft(id, title, spec, { range: true, format: 'heatmap' }, {
    type: 'heatmap',
    options: {
      calculate: false,
      cellGap: 1,
      color: {
        mode: HeatmapColorMode.Scheme,
        scale: HeatmapColorScale.Exponential,
        scheme: 'Blues',
        exponent: 0.5,
        fill: 'dark-blue',
        reverse: false,
        steps: 64,
      },
      exemplars: { color: 'rgba(255,0,255,0.7)' },
      filterValues: { le: 1e-9 },
      legend: { show: true },
      showValue: VisibilityMode.Never,
      tooltip: { mode: TooltipDisplayMode.Single, showColorScale: true, yHistogram: false },
      yAxis: { unit: spec.unit },
    },
  });

/** Rows by labels; of several queries those with the same labels become one row. */
export const table = (id: number, title: string, spec: Grid): Draft =>
  draft(id, title, spec, { instant: true, range: false, format: 'table', legendFormat: undefined }, {
    type: 'table',
    fieldConfig: {
      defaults: byThresholds,
      overrides: Object.entries(spec.units ?? {}).map(([column, unit]) => ({
        matcher: { id: 'byName', options: column },
        properties: [{ id: 'unit', value: unit }],
      })),
    },
    options: { cellHeight: TableCellHeight.Sm, showHeader: true, frameIndex: 0 },
    transformations: [
      { id: 'merge', options: {} },
      {
        id: 'organize',
        options: {
          excludeByName: { Time: true },
          includeByName: Object.fromEntries(Object.keys(spec.columns).map(name => [name, true])),
          indexByName: Object.fromEntries(Object.keys(spec.columns).map((name, i) => [name, i])),
          renameByName: spec.columns,
        },
      },
    ],
  });

// ---- dashboards

export interface Row {
  title: string;
  height: number;
  drafts: Draft[];
}

/** Panels under a title, side by side as far as they fit. */
export const row = (title: string, height: number, ...drafts: Draft[]): Row => ({ title, height, drafts });

/** A dashboard, and which queries may have no data: panel, query, reason. */
export interface Board {
  json: AnyDashboard;
  empty: { panel: number; refId: string; reason: string }[];
}

interface BoardSpec {
  uid: string;
  title: string;
  about: string;
  /** A metric of every process that it is about: what `cluster` and `instance` are chosen from. */
  from: string;
  rows: Row[];
}

export function dashboard({ uid, title, about, from, rows }: BoardSpec): Board {
  const panels: AnyDashboard['panels'] = [];
  let y = 0;
  for (const { title: name, height, drafts } of rows) {
    panels.push({
      id: 1000 + (drafts[0]?.panel.id ?? 0),
      type: 'row',
      title: name,
      collapsed: false,
      gridPos: { x: 0, y, w: COLUMNS, h: 1 },
      panels: [],
    });
    y += 1;
    let x = 0;
    for (const { panel, w = Math.floor(COLUMNS / drafts.length) } of drafts) {
      if (x + w > COLUMNS) {
        x = 0;
        y += height;
      }
      panels.push({ ...panel, gridPos: { x, y, w, h: height } } as AnyPanel);
      x += w;
    }
    y += height;
  }
  return {
    json: {
      uid,
      title: `OTA-Key / ${title}`,
      description: about,
      tags: ['otakey'],
      schemaVersion: SCHEMA_VERSION,
      version: 1,
      editable: false,
      timezone: 'browser',
      graphTooltip: DashboardCursorSync.Crosshair,
      refresh: '30s',
      time: { from: 'now-1h', to: 'now' },
      links: [
        {
          title: 'OTA-Key',
          type: 'dashboards',
          icon: 'external link',
          tooltip: '',
          asDropdown: true,
          includeVars: true,
          keepTime: true,
          tags: ['otakey'],
          targetBlank: false,
        },
      ],
      templating: { list: variables(from) },
      annotations: { list: annotations(from) },
      panels,
    },
    empty: rows
      .flatMap(one => one.drafts)
      .flatMap(({ panel, empty }) =>
        Object.entries(empty).map(([refId, reason]) => ({ panel: panel.id ?? 0, refId, reason })),
      ),
  };
}

function variables(from: string): VariableModel[] {
  const chosen = (name: string, label: string, query: string, about: string): VariableModel => ({
    name,
    label,
    type: 'query',
    description: about,
    datasource: PROMETHEUS,
    query: { query, refId: name },
    refresh: VariableRefresh.onTimeRangeChanged,
    sort: VariableSort.alphabeticalAsc,
    includeAll: true,
    multi: true,
    allValue: name === 'instance' ? undefined : '.*',
    current: { text: 'All', value: '$__all' },
    options: [],
    regex: '',
  });
  return [
    {
      name: 'datasource',
      label: 'Prometheus',
      type: 'datasource',
      description: 'The Prometheus that scrapes the gateways',
      query: 'prometheus',
      current: { text: '', value: '' },
      options: [],
      regex: '',
    },
    chosen('cluster', 'Cluster', `label_values(${from}, cluster)`, 'Installations, as Prometheus labels them'),
    chosen('instance', 'Instance', `label_values(${from}{cluster=~"$cluster"}, instance)`, 'Processes of these'),
    chosen(
      'product',
      'Product',
      'label_values(otakey_devices{cluster=~"$cluster", instance=~"$instance"}, product)',
      'For panels that know products; others show all',
    ),
    {
      name: 'docs',
      label: 'Documentation',
      type: 'textbox',
      description: 'Where the folder docs/ of the project is served',
      hide: VariableHide.hideVariable,
      query: DOCS,
      current: { text: DOCS, value: DOCS },
      options: [],
    },
  ];
}

function annotations(from: string): AnnotationQuery[] {
  const marked = (name: string, iconColor: string, expr: string, text: string, atValue: boolean) => {
    const target: PrometheusQuery = {
      refId: name,
      datasource: PROMETHEUS,
      expr: scoped(expr),
      titleFormat: text,
      useValueForTime: atValue,
    };
    return { name, iconColor, datasource: PROMETHEUS, enable: true, hide: false, target };
  };
  return [
    marked('Deployments', 'blue', 'process_start_time_seconds * 1000', '{{instance}} started', true),
    marked('Campaigns', 'purple', 'max by (cluster, campaign) (otakey_campaign_state{state="running"}) > 0', 'campaign {{campaign}} runs', false),
  ];
}
