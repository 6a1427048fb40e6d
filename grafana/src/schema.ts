// What a dashboard may be: Grafana's published types, its loose places closed.
import type {
  AnnotationQuery,
  Dashboard,
  DataQuery,
  FieldConfig,
  FieldConfigSource,
  Panel,
  RowPanel,
} from '@grafana/schema';
import type { Options as BarGauge } from '@grafana/schema/dist/esm/raw/composable/bargauge/panelcfg/x/BarGaugePanelCfg_types.gen';
import type { Options as Heatmap } from '@grafana/schema/dist/esm/raw/composable/heatmap/panelcfg/x/HeatmapPanelCfg_types.gen';
import type { Options as Stat } from '@grafana/schema/dist/esm/raw/composable/stat/panelcfg/x/StatPanelCfg_types.gen';
import type { Options as Table } from '@grafana/schema/dist/esm/raw/composable/table/panelcfg/x/TablePanelCfg_types.gen';
import type {
  FieldConfig as Line,
  Options as TimeSeries,
} from '@grafana/schema/dist/esm/raw/composable/timeseries/panelcfg/x/TimeSeriesPanelCfg_types.gen';

/** A query for Prometheus, whose own part of a target Grafana's package does not describe. */
export interface PrometheusQuery extends DataQuery {
  datasource: { type: 'prometheus'; uid: string };
  expr: string;
  legendFormat?: string;
  format?: 'time_series' | 'table' | 'heatmap';
  instant?: boolean;
  range?: boolean;
}

/** An annotation from Prometheus, whose own part stands beside the target. */
export interface Annotation extends AnnotationQuery<PrometheusQuery> {
  target: PrometheusQuery;
  /** The text of each, with labels in it. */
  titleFormat: string;
  /** Whether the value is when it happened, in milliseconds since 1970. */
  useValueForTime: boolean;
}

/** The kinds of panels in use, with the options and the settings of a field that each has. */
interface Kinds {
  stat: [Stat, Record<string, never>];
  timeseries: [TimeSeries, Line];
  bargauge: [BarGauge, Record<string, never>];
  heatmap: [Heatmap, Record<string, never>];
  table: [Table, Record<string, never>];
}

export type Kind = keyof Kinds;

type PanelOf<K extends Kind> = Omit<Panel, 'type' | 'options' | 'targets' | 'fieldConfig'> & {
  type: K;
  options: Partial<Kinds[K][0]>;
  targets: PrometheusQuery[];
  fieldConfig: Omit<FieldConfigSource, 'defaults'> & {
    defaults: Omit<FieldConfig, 'custom'> & { custom?: Partial<Kinds[K][1]> };
  };
};

export type AnyPanel = { [K in Kind]: PanelOf<K> }[Kind];

/** A dashboard whose panels are of those kinds. */
export type AnyDashboard = Omit<Dashboard, 'panels' | 'annotations'> & {
  uid: string;
  title: string;
  annotations: { list: Annotation[] };
  panels: (AnyPanel | (Omit<RowPanel, 'panels'> & { panels: [] }))[];
};

/** The same as JSON has it: an enum's value in the place of the enum. */
export type Json<T> = T extends string ? `${T}` : T extends object ? { [K in keyof T]: Json<T[K]> } : T;
