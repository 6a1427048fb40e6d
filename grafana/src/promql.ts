// Reads PromQL with Prometheus' own grammar, so that nothing depends on how a query is written.
import { parser } from '@prometheus-io/lezer-promql';
import type { SyntaxNode } from '@lezer/common';

/** One metric in a query, with what is asked of its labels. */
export interface Selector {
  metric: string;
  matchers: { label: string; op: string; value: string }[];
  begin: number;
  /** Where its braces end, or its name if it has none. */
  end: number;
  braces: boolean;
}

/** Windows that Grafana fills in are no PromQL until it does: as long, and parsed as a minute. */
const WINDOWS = /\$__(rate_interval|range|interval)\b/g;

function parseable(expr: string): string {
  return expr.replace(WINDOWS, window => '1m'.padEnd(window.length));
}

/** Every selector of a query; throws if it is not PromQL. */
export function selectors(expr: string): Selector[] {
  const text = parseable(expr);
  const found: Selector[] = [];
  parser.parse(text).iterate({
    enter(ref) {
      if (ref.type.isError) {
        throw new Error(`not PromQL at ${ref.from}: ${expr}`);
      }
      if (ref.name === 'VectorSelector') {
        found.push(selector(text, ref.node));
      }
    },
  });
  return found;
}

function selector(text: string, node: SyntaxNode): Selector {
  const braces = node.getChild('LabelMatchers');
  const name = node.getChild('Identifier');
  const matchers = (braces?.getChildren('UnquotedLabelMatcher') ?? []).map(matcher => {
    const part = (kind: string) => {
      const child = matcher.getChild(kind);
      return child ? text.slice(child.from, child.to) : '';
    };
    return { label: part('LabelName'), op: part('MatchOp'), value: part('StringLiteral').slice(1, -1) };
  });
  return {
    metric: name ? text.slice(name.from, name.to) : '',
    matchers,
    begin: node.from,
    end: braces ? braces.to : node.to,
    braces: braces !== null,
  };
}

/** The query with more asked of each of its metrics: `extra` gives what, as `label=~"value"`. */
export function narrowed(expr: string, extra: (metric: string) => string[]): string {
  let text = expr;
  for (const one of selectors(expr).sort((a, b) => b.end - a.end)) {
    const more = extra(one.metric).join(', ');
    if (more && one.braces) {
      const comma = one.matchers.length > 0 ? ', ' : '';
      text = text.slice(0, one.end - 1) + comma + more + text.slice(one.end - 1);
    } else if (more) {
      text = `${text.slice(0, one.end)}{${more}}${text.slice(one.end)}`;
    }
  }
  return text;
}

/** The function that takes a selector's window, as `rate`; empty if none does. */
export function functionOf(expr: string, one: Selector): string {
  const window = /^\s*\[/.test(expr.slice(one.end));
  return window ? (/(\w+)\s*\(\s*$/.exec(expr.slice(0, one.begin))?.[1] ?? '') : '';
}
