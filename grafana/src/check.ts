// What must hold of every dashboard beyond Grafana's schema. Each fault names the place and what is wrong.
import { labelsOf, metric, valuesOf } from './contract.js';
import { functionOf, selectors } from './promql.js';
import type { AnyDashboard, AnyPanel, PrometheusQuery } from './schema.js';
import { UNITS } from './units.js';

const CHOSEN = ['cluster', 'instance', 'product'];
const VARIABLES = ['datasource', ...CHOSEN];
const ANNOTATIONS = ['Deployments', 'Campaigns'];
const COLUMNS = 24;
const OVER_TIME = ['rate', 'increase', 'irate'];

type Placed = AnyDashboard['panels'][number];
const isPanel = (panel: Placed): panel is AnyPanel => panel.type !== 'row';

export const panelsOf = (dashboard: AnyDashboard): AnyPanel[] => dashboard.panels.filter(isPanel);

/** Of all dashboards together; `sections` are those of pages in docs/, as `page.md#section`. */
export function faults(dashboards: AnyDashboard[], sections: Set<string>): string[] {
  const doubled = (what: 'uid' | 'title') =>
    dashboards
      .filter((one, i) => dashboards.findIndex(other => other[what] === one[what]) !== i)
      .map(one => `${one.title}: another dashboard has its ${what}`);
  return [...doubled('uid'), ...doubled('title'), ...dashboards.flatMap(one => faultsOf(one, sections))];
}

function faultsOf(dashboard: AnyDashboard, sections: Set<string>): string[] {
  const found: string[] = [];
  if (!/^otakey-[a-z]{3,30}$/.test(dashboard.uid)) {
    found.push(`uid ${dashboard.uid} is not otakey-…`);
  }
  const named = (list: { name: string }[] | undefined) => (list ?? []).map(one => one.name);
  VARIABLES.filter(name => !named(dashboard.templating?.list).includes(name)).forEach(name =>
    found.push(`no variable ${name}`),
  );
  ANNOTATIONS.filter(name => !named(dashboard.annotations.list).includes(name)).forEach(name =>
    found.push(`no annotation ${name}`),
  );
  for (const one of dashboard.annotations.list) {
    found.push(...queryFaults(one.target, ['cluster']).map(fault => `annotation ${one.name}: ${fault}`));
  }
  found.push(...placeFaults(dashboard.panels));
  for (const panel of panelsOf(dashboard)) {
    found.push(...panelFaults(panel, sections).map(fault => `panel ${panel.id}, ${panel.title}: ${fault}`));
  }
  return found.map(fault => `${dashboard.uid}: ${fault}`);
}

/** Ids are there and unique, and no panel covers another. */
function placeFaults(panels: Placed[]): string[] {
  const found: string[] = [];
  const ids = new Set<number>();
  const taken = new Set<string>();
  for (const { id, title, gridPos: at } of panels) {
    if (!id || ids.has(id)) {
      found.push(`panel ${title}: id ${id} is missing or another panel's`);
    }
    ids.add(id ?? 0);
    if (!at || at.x + at.w > COLUMNS) {
      found.push(`panel ${title}: has no place within ${COLUMNS} columns`);
      continue;
    }
    const cells = Array.from(
      { length: at.w * at.h },
      (_, i) => `${at.x + (i % at.w)}/${at.y + Math.floor(i / at.w)}`,
    );
    if (cells.some(cell => taken.has(cell))) {
      found.push(`panel ${title}: covers another one`);
    }
    cells.forEach(cell => taken.add(cell));
  }
  return found;
}

function panelFaults(panel: AnyPanel, sections: Set<string>): string[] {
  const found: string[] = [];
  const { unit, thresholds } = panel.fieldConfig.defaults;
  if ((panel.description ?? '').length < 20) {
    found.push('no description');
  }
  if (!unit || !(unit in UNITS)) {
    found.push(`unit ${unit} is none of ${Object.keys(UNITS).join(' ')}`);
  }
  const values = (thresholds?.steps ?? []).map(step => step.value);
  const rising = values.slice(1).every((value, i) => value !== null && (i === 0 || value > (values[i] ?? 0)));
  if (values.length < 2 || values[0] !== null || !rising) {
    found.push('no thresholds that rise');
  }
  const link = panel.links?.[0]?.url?.replace(/^\$\{docs}\//, '');
  if (!link || !sections.has(link)) {
    found.push(`docs/ has no section ${link}`);
  }
  if (panel.targets.length === 0) {
    found.push('no query');
  }
  panel.targets.forEach(target =>
    found.push(...queryFaults(target).map(fault => `query ${target.refId}: ${fault}`)),
  );
  return found;
}

function queryFaults(query: PrometheusQuery, variables = CHOSEN): string[] {
  if (query.datasource.uid !== '${datasource}') {
    return ['does not ask $datasource'];
  }
  const found: string[] = [];
  const fixed = /\[(?!\$__(rate_interval|range)\])/.exec(query.expr);
  if (fixed) {
    found.push('a window that does not follow the dashboard');
  }
  let all;
  try {
    all = selectors(query.expr);
  } catch (e) {
    return [(e as Error).message];
  }
  for (const one of all) {
    const exposed = metric(one.metric);
    if (!exposed) {
      found.push(`nobody exposes ${one.metric}`);
      continue;
    }
    for (const label of variables.filter(name => exposed.labels.includes(name))) {
      if (!one.matchers.some(m => m.label === label && m.op === '=~' && m.value === `$${label}`)) {
        found.push(`${one.metric} does not honour $${label}`);
      }
    }
    for (const { label, value } of one.matchers) {
      const known = valuesOf(one.metric, label);
      const literal = value.includes('$') ? [] : value.split('|');
      if (!exposed.labels.includes(label)) {
        found.push(`${one.metric} has no label ${label}`);
      } else if (known) {
        literal
          .filter(v => !v.includes('*') && !known.has(v))
          .forEach(v => found.push(`${label} of ${one.metric} is never ${v}`));
      }
    }
    const over = functionOf(query.expr, one);
    if (OVER_TIME.includes(over) !== (exposed.type === 'counter')) {
      found.push(`${one.metric} is a ${exposed.type}, and ${over || 'nothing'} is done to it`);
    }
  }
  const known = new Set(all.flatMap(one => labelsOf(one.metric)));
  groupings(query.expr)
    .filter(label => !known.has(label))
    .forEach(label => found.push(`grouped by ${label}, which no series of it has`));
  return found;
}

const groupings = (expr: string): string[] =>
  [...expr.matchAll(/\b(?:by|without|on|ignoring)\s*\(([^)]*)\)/g)].flatMap(([, labels]) =>
    labels
      .split(',')
      .map(label => label.trim())
      .filter(Boolean),
  );
