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
  FieldColorModeId,
  GraphThresholdsStyleMode,
  LegendDisplayMode,
  PercentChangeColorMode,
  SortOrder,
  StackingMode,
  TableCellHeight,
  ThresholdsMode,
  TooltipDisplayMode,
  VisibilityMode,
  VizOrientation,
} from '@grafana/schema';
import type { DashboardLink, Threshold } from '@grafana/schema';
import {
  HeatmapColorMode,
  HeatmapColorScale,
} from '@grafana/schema/dist/esm/raw/composable/heatmap/panelcfg/x/HeatmapPanelCfg_types.gen';
import { PROMETHEUS, scoped } from './query.js';
import type { Query } from './query.js';
import type { AnyPanel, PrometheusQuery } from './schema.js';

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

type Number = Spec & { still?: boolean };
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
  const empty = Object.fromEntries(queries.flatMap((one, i) => (one.empty ? [[refIds[i], one.empty]] : [])));
  return { panel, w: spec.w, empty };
}

const byThresholds = { color: { mode: FieldColorModeId.Thresholds } };
const lastValue = { calcs: ['lastNotNull'], fields: '', values: false };

/** A number, coloured by its thresholds, its course behind it unless it stands still. */
export const stat = (id: number, title: string, spec: Number): Draft =>
  draft(
    id,
    title,
    spec,
    { range: true },
    {
      type: 'stat',
      fieldConfig: { defaults: byThresholds, overrides: [] },
      options: {
        colorMode: BigValueColorMode.Value,
        graphMode: spec.still ? BigValueGraphMode.None : BigValueGraphMode.Area,
        justifyMode: BigValueJustifyMode.Auto,
        orientation: VizOrientation.Auto,
        percentChangeColorMode: PercentChangeColorMode.Standard,
        reduceOptions: lastValue,
        showPercentChange: false,
        textMode: BigValueTextMode.Auto,
        wideLayout: true,
      },
    },
  );

/** Lines over time, or areas on top of each other. */
export const series = (id: number, title: string, spec: Chart): Draft =>
  draft(
    id,
    title,
    spec,
    { range: true },
    {
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
            thresholdsStyle: {
              mode: spec.stacked ? GraphThresholdsStyleMode.Off : GraphThresholdsStyleMode.Dashed,
            },
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
    },
  );

const sorted = (of: Query | Query[]): Query[] =>
  [of].flat().map(query => ({ ...query, expr: `sort_desc(${query.expr})` }));

/** One bar for each series, by its last value, the longest first. */
export const bars = (id: number, title: string, spec: Spec): Draft =>
  draft(
    id,
    title,
    { ...spec, of: sorted(spec.of) },
    { instant: true, range: false },
    {
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
    },
  );

/** A histogram over time: the darker, the more observations. */
export const heatmap = (id: number, title: string, spec: Spec): Draft =>
  draft(
    id,
    title,
    spec,
    { range: true, format: 'heatmap' },
    {
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
    },
  );

/** Rows by labels; of several queries those with the same labels become one row. */
export const table = (id: number, title: string, spec: Grid): Draft =>
  draft(
    id,
    title,
    spec,
    { instant: true, range: false, format: 'table', legendFormat: undefined },
    {
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
    },
  );
