import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { test } from 'node:test';
import { panelsOf } from '../src/check.js';
import { boards } from '../src/dashboards/index.js';
import { evaluate } from '../src/live.js';
import { Prometheus } from '../src/prometheus.js';

const SPAN = { from: 1000, to: 1100, step: 5 };

/** A Prometheus that knows one series for every query but for those with a word in them. */
async function judged(without: RegExp, asked: string[] = []) {
  const server = createServer((request, response) => {
    const url = new URL(request.url ?? '', 'http://x');
    const query = url.searchParams.get('query') ?? '';
    asked.push(query);
    const point = [1100, '1'];
    const series = without.test(query) ? [] : [{ metric: { le: '1' }, value: point, values: [point] }];
    const broken = query.includes('otakey_cluster_nodes') && without.source === 'broken';
    const data = url.pathname.includes('/label/') ? ['a', 'b'] : { result: series };
    response.end(
      JSON.stringify(broken ? { status: 'error', error: 'no such function' } : { status: 'success', data }),
    );
  });
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  try {
    return await evaluate(
      new Prometheus(`http://127.0.0.1:${(server.address() as AddressInfo).port}`, 15),
      SPAN,
    );
  } finally {
    server.close();
  }
}

const queries = Object.values(boards)
  .map(({ json }) => panelsOf(json).flatMap(panel => panel.targets).length + json.annotations.list.length)
  .reduce((sum, one) => sum + one, 0);

test('every query is asked, its variables filled in', async () => {
  const asked: string[] = [];
  const { passed, failed, empty } = await judged(/nothing at all/, asked);
  assert.deepEqual([passed, failed, empty], [queries, [], []]);
  assert.deepEqual(
    asked.filter(query => query.includes('$')),
    [],
  );
  assert.ok(
    asked.includes(
      'sum by (kind) (rate(otakey_keys_committed_total{cluster=~".*", instance=~"a|b", product=~".*"}[60s]))',
    ),
  );
});

test('a query without data fails, unless its source says why it may have none', async () => {
  const { failed, empty } = await judged(/otakey_vault_behind|otakey_loadgen_frames/);
  assert.equal(failed.length, 1);
  assert.match(failed.join('\n'), /fleet, panel 50, Nodes D: has no data/);
  assert.match(empty.join('\n'), /loadgen, panel 42, Frames sent A: only/);
});

test('a query that Prometheus refuses fails', async () => {
  assert.match((await judged(/broken/)).failed.join('\n'), /no such function/);
});
