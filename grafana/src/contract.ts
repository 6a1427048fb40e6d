// docs/metrics.md and docs/metrics-loadgen.md: what is exposed, as tests hold those pages to the code.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The root of the project: this file runs as grafana/target/js/src/contract.js. */
export const ROOT = join(fileURLToPath(import.meta.url), '../../../../..');

export interface Metric {
  type: 'counter' | 'gauge' | 'histogram' | 'summary';
  labels: string[];
}

/** What Prometheus adds to every series. */
const TARGET_LABELS = ['cluster', 'instance', 'job'];

const PARTS = { histogram: ['_bucket', '_sum', '_count', '_max'], summary: ['_sum', '_count', '_max'] };

const words = (cell: string): string[] => [...cell.matchAll(/`([^`]+)`/g)].map(found => found[1]);

const series = new Map<string, Metric>();
const listed = new Map<string, Set<string>>();

for (const page of ['metrics.md', 'metrics-loadgen.md']) {
  for (const line of readFileSync(join(ROOT, 'docs', page), 'utf8').split('\n')) {
    const [first = '', second = '', third = ''] = line
      .split('|')
      .slice(1)
      .map(cell => cell.trim());
    const [name] = words(first);
    const type = second.split(' ')[0];
    if (name && ['counter', 'gauge', 'histogram', 'summary'].includes(type)) {
      add(name, type as Metric['type'], words(third));
    } else if (name && words(second)[0]?.startsWith('otakey_') && !/at most \d+/.test(third)) {
      words(second).forEach(metric => listed.set(`${metric}/${name}`, new Set(words(third))));
    }
  }
}

function add(name: string, type: Metric['type'], own: string[]): void {
  const labels = [...own, ...TARGET_LABELS];
  if (type === 'counter' || type === 'gauge') {
    series.set(name, { type, labels });
    return;
  }
  for (const part of PARTS[type]) {
    series.set(name + part, {
      type: part === '_max' ? 'gauge' : 'counter',
      labels: part === '_bucket' ? ['le', ...labels] : labels,
    });
  }
}

/** A series by its name; undefined: nobody exposes it. */
export const metric = (name: string): Metric | undefined => series.get(name);

/** What a series can be narrowed to. */
export const labelsOf = (name: string): string[] => series.get(name)?.labels ?? [];

/** The values that a label of a series can have, if they are all known beforehand. */
export function valuesOf(name: string, label: string): Set<string> | undefined {
  const base = name.replace(/_(bucket|sum|count|max)$/, '');
  return listed.get(`${name}/${label}`) ?? listed.get(`${base}/${label}`);
}
