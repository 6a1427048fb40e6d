import assert from 'node:assert/strict';
import { test } from 'node:test';
import { functionOf, narrowed, selectors } from '../src/promql.js';

const scope = () => ['instance=~"$instance"'];

test('every selector is found, with its matchers', () => {
  const found = selectors('sum by (le) (rate(a_bucket{b="c", d=~"e|f"}[$__rate_interval])) / on() g');
  assert.deepEqual(
    found.map(one => [one.metric, one.matchers]),
    [
      [
        'a_bucket',
        [
          { label: 'b', op: '=', value: 'c' },
          { label: 'd', op: '=~', value: 'e|f' },
        ],
      ],
      ['g', []],
    ],
  );
});

test('every selector is narrowed, with braces and without', () => {
  assert.equal(
    narrowed('a{b="c"} / rate(d[5m]) + e{} or f', scope),
    'a{b="c", instance=~"$instance"} / rate(d{instance=~"$instance"}[5m]) + e{instance=~"$instance"} or f{instance=~"$instance"}',
  );
});

test('labels that are grouped by are no selectors', () => {
  assert.deepEqual(
    selectors('max without (x) (y) * on (z) group_left (w) v').map(one => one.metric),
    ['y', 'v'],
  );
});

test('what is not PromQL is refused', () => {
  assert.throws(() => selectors('sum by (x (y)'), /not PromQL/);
});

test('a window belongs to the function around it', () => {
  const expr = 'sum(rate(a[$__rate_interval])) / sum(b)';
  const [a, b] = selectors(expr);
  assert.deepEqual([functionOf(expr, a), functionOf(expr, b)], ['rate', '']);
});
