// Rows of panels become a dashboard, with its variables and annotations.
import { DashboardCursorSync, VariableHide, VariableRefresh, VariableSort } from '@grafana/schema';
import type { VariableModel } from '@grafana/schema';
import type { Draft } from './panels.js';
import { PROMETHEUS, scoped } from './query.js';
import type { Annotation, AnyDashboard, AnyPanel } from './schema.js';

/** The version of dashboards' JSON that the schema package describes. */
const SCHEMA_VERSION = 42;
const COLUMNS = 24;

/** Where docs/ is served; the value can be changed in Grafana. */
const DOCS = '/public/otakey';

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
      annotations: { list: annotations() },
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
    query: { query, refId: 'StandardVariableQuery' },
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
    chosen(
      'cluster',
      'Cluster',
      `label_values(${from}, cluster)`,
      'Installations, as Prometheus labels them',
    ),
    chosen(
      'instance',
      'Instance',
      `label_values(${from}{cluster=~"$cluster"}, instance)`,
      'Processes of these; what concerns a whole fleet is counted by one of them: leave All for it',
    ),
    chosen(
      'product',
      'Product',
      'label_values(otakey_devices{cluster=~"$cluster"}, product)',
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

function annotations(): Annotation[] {
  const marked = (
    name: string,
    iconColor: string,
    expr: string,
    titleFormat: string,
    useValueForTime: boolean,
  ) => ({
    name,
    iconColor,
    datasource: PROMETHEUS,
    enable: true,
    hide: false,
    target: { refId: 'Anno', datasource: PROMETHEUS, expr },
    titleFormat,
    useValueForTime,
  });
  const started = scoped('process_start_time_seconds * 1000');
  // Of the installation, whichever of its processes are looked at.
  const campaigns = scoped('max by (cluster, campaign) (otakey_campaign_state{state="running"}) > 0', [
    'cluster',
  ]);
  return [
    marked('Deployments', 'blue', started, '{{instance}} started', true),
    marked('Campaigns', 'purple', campaigns, 'campaign {{campaign}} runs', false),
  ];
}
