// Queries and thresholds in few words.
import type { Threshold } from '@grafana/schema';
import { labelsOf } from './contract.js';
import { narrowed } from './promql.js';

/** The datasource that is chosen at the top of a dashboard. */
export const PROMETHEUS = { type: 'prometheus', uid: '${datasource}' } as const;

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

/** What queries are narrowed to, in the order in which it is chosen. */
export const VARIABLES = ['cluster', 'instance', 'product'];

/** What each metric in a query is narrowed to, as far as it has such labels. */
const asked = (metric: string, variables: string[]): string[] =>
  variables
    .filter(label => label !== 'product' || labelsOf(metric).includes(label))
    .map(label => `${label}=~"$${label}"`);

/** A query on one line, each of its metrics narrowed to what is chosen. */
export const scoped = (expr: string, variables = VARIABLES): string =>
  narrowed(expr.replace(/\s+/g, ' ').trim(), metric => asked(metric, variables));

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
