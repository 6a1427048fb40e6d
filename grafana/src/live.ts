// Evaluates every query of every dashboard: it must have data, or its source says why it may have none.
import { setTimeout as pause } from 'node:timers/promises';
import { boards } from './dashboards/index.js';
import { panelsOf } from './check.js';
import type { Prometheus, Span } from './prometheus.js';
import type { PrometheusQuery } from './schema.js';

const TRIES = 4;

export interface Verdict {
  passed: number;
  failed: string[];
  /** Queries without data that may be so. */
  empty: string[];
}

/** A scrape that failed leaves nothing at its time: asked again a little later. */
async function hasData(
  prometheus: Prometheus,
  query: PrometheusQuery,
  span: Span,
  variables: Record<string, string>,
  tries: number,
): Promise<boolean> {
  for (let i = 0; i < tries; i++) {
    const found = await prometheus.ask(query, { ...span, to: span.to + i }, variables);
    if (found.some(one => one.points.length > 0)) {
      return true;
    }
    await pause(i + 1 < tries ? 1000 : 0);
  }
  return false;
}

export async function evaluate(prometheus: Prometheus, span: Span): Promise<Verdict> {
  const verdict: Verdict = { passed: 0, failed: [], empty: [] };
  for (const [name, board] of Object.entries(boards)) {
    const variables = await prometheus.variables(board.json);
    const judge = async (where: string, query: PrometheusQuery, excuse?: string) => {
      let trouble = 'has no data';
      try {
        trouble = (await hasData(prometheus, query, span, variables, excuse ? 1 : TRIES)) ? '' : trouble;
      } catch (e) {
        excuse = undefined;
        trouble = (e as Error).message;
      }
      const text = `${name}, ${where}: ${trouble}: ${query.expr}`;
      if (!trouble) {
        verdict.passed++;
      } else if (excuse) {
        verdict.passed++;
        verdict.empty.push(`${name}, ${where}: ${excuse}`);
      } else {
        verdict.failed.push(text);
      }
    };
    for (const panel of panelsOf(board.json)) {
      for (const query of panel.targets) {
        const excuse = board.empty.find(one => one.panel === panel.id && one.refId === query.refId);
        await judge(`panel ${panel.id}, ${panel.title} ${query.refId}`, query, excuse?.reason);
      }
    }
    for (const one of board.json.annotations.list) {
      await judge(`annotation ${one.name}`, one.target);
    }
  }
  return verdict;
}
