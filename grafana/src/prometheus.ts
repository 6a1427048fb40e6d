// Asks a Prometheus what Grafana would ask it, with the same variables filled in.
import type { AnyDashboard, PrometheusQuery } from './schema.js';

export interface Series {
  labels: Record<string, string>;
  /** Seconds since 1970, and the value then. */
  points: [number, number][];
}

/** The time that is looked at, in seconds since 1970, and how far apart points are. */
export interface Span {
  from: number;
  to: number;
  step: number;
}

const VALUES = /^label_values\((.+), (\w+)\)$/;

export class Prometheus {
  /** @param scrape seconds between two scrapes: rates are over four of them, as Grafana takes them */
  constructor(
    private readonly url: string,
    private readonly scrape: number,
  ) {}

  /** What a query gives over time, or at the end if it is an instant one. */
  async ask(query: PrometheusQuery, span: Span, variables: Record<string, string>): Promise<Series[]> {
    const expr = this.filled(query.expr, span, variables);
    const path = query.instant ? 'query' : 'query_range';
    const when: Record<string, string> = query.instant
      ? { time: String(span.to) }
      : { start: String(span.from), end: String(span.to), step: String(span.step) };
    type Found = { metric: Record<string, string>; values?: [number, string][]; value?: [number, string] };
    const data = await this.get<{ result: Found[] }>(path, { query: expr, ...when });
    return data.result.map(({ metric, values, value }) => ({
      labels: metric,
      points: (values ?? (value ? [value] : []))
        .map(([at, text]): [number, number] => [at, Number(text)])
        .filter(([, number]) => Number.isFinite(number)),
    }));
  }

  /** A dashboard's variables with All chosen everywhere. */
  async variables(dashboard: AnyDashboard): Promise<Record<string, string>> {
    const chosen: Record<string, string> = {};
    for (const { name, type, query, allValue } of dashboard.templating?.list ?? []) {
      const values = VALUES.exec(typeof query === 'object' ? String(query.query) : '');
      if (type === 'query' && values) {
        const [, match, label] = values;
        const filled = Object.entries(chosen).reduce(
          (text, [key, value]) => text.replaceAll(`$${key}`, value),
          match,
        );
        const all = await this.get<string[]>(`label/${label}/values`, { 'match[]': filled });
        if (all.length === 0) {
          throw new Error(`${dashboard.uid}: variable ${name} has no value: ${filled} has no ${label}`);
        }
        chosen[name] = allValue ?? all.join('|');
      }
    }
    return chosen;
  }

  private filled(expr: string, span: Span, variables: Record<string, string>): string {
    const window = Math.max(4 * this.scrape, span.step + this.scrape);
    const all: Record<string, string> = {
      ...variables,
      __rate_interval: `${Math.ceil(window)}s`,
      __range: `${Math.ceil(span.to - span.from)}s`,
    };
    return expr.replace(/\$(\w+)/g, (whole, name: string) => all[name] ?? whole);
  }

  private async get<T>(path: string, query: Record<string, string>): Promise<T> {
    const response = await fetch(`${this.url}/api/v1/${path}?${new URLSearchParams(query)}`);
    const answer = (await response.json()) as { status: string; error?: string; data: T };
    if (answer.status !== 'success') {
      throw new Error(`${answer.error} in ${query.query ?? query['match[]']}`);
    }
    return answer.data;
  }
}
