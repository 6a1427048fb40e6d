import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { PNG } from 'pngjs';
import { panelsOf } from '../src/check.js';
import { boards } from '../src/dashboards/index.js';
import { drawn } from '../src/draw.js';
import { blank } from '../src/photo.js';
import type { Series } from '../src/prometheus.js';
import { THEMES } from '../src/theme.js';
import { UNITS } from '../src/units.js';

const CANVAS = { width: 400, height: 200, theme: THEMES.dark, span: { from: 0, to: 60, step: 5 }, marks: [] };

const panel = (board: keyof typeof boards, id: number) => {
  const found = panelsOf(boards[board].json).find(one => one.id === id);
  assert.ok(found);
  return found;
};

const line = (labels: Record<string, string>, ...values: number[]): Series => ({
  labels,
  points: values.map((value, i) => [i * 5, value]),
});

test('numbers are written in their units', () => {
  assert.deepEqual(
    [
      UNITS.s(0.0123),
      UNITS.s(0),
      UNITS.s(7200),
      UNITS.bytes(1536),
      UNITS.percentunit(0.1234, 1),
      UNITS.short(1234567),
      UNITS.short(12),
      UNITS.none(2, 0),
      UNITS.ops(0.5),
    ],
    ['12.3 ms', '0 s', '2 h', '1.5 KiB', '12.3%', '1.23 Mil', '12', '2', '0.5 ops/s'],
  );
});

test('a stat has its last value, in the colour of its threshold', () => {
  const html = drawn({ panel: panel('platforms', 3), results: [[line({}, 5, 20_000)]] }, CANVAS);
  assert.match(html, /color:#f2495c">20 K/);
});

test('a chart has a line for each series, its name and last value, and thresholds within reach', () => {
  const chart = (most: number) =>
    drawn(
      { panel: panel('gateway', 21), results: [[line({}, 0.01, most)], [line({}, 0.02, 0.03)], []] },
      CANVAS,
    );
  assert.match(chart(0.04), /p50 <b>40 ms<.*p99 <b>30 ms</);
  assert.ok(!chart(0.04).includes('stroke-dasharray'));
  assert.ok(chart(0.06).includes('stroke-dasharray'));
});

test('a heat map shows what is in a bucket alone', () => {
  const cells = (second: number) =>
    drawn(
      {
        panel: panel('enrollment', 12),
        results: [[line({ le: '0.1' }, 5, 5), line({ le: '+Inf' }, second, second)]],
      },
      CANVAS,
    ).split('<path').length;
  assert.equal(cells(8) - cells(5), 2); // two moments, a second bucket that has something
});

test('rows of a table with the same labels become one', () => {
  const node = (instance: string, value: number): Series => line({ cluster: 'c', instance }, value);
  const html = drawn(
    {
      panel: panel('fleet', 50),
      results: [[node('n1', 1), node('n2', 1)], [node('n1', 60), node('n2', 120)], [], [], []],
    },
    CANVAS,
  );
  assert.equal(html.split('<tr>').length - 1, 3);
  assert.match(html, /n2<\/td>.*2 min/);
});

test('no data is said', () => {
  assert.match(drawn({ panel: panel('jvm', 10), results: [[], []] }, CANVAS), /No data/);
});

test('a panel without content is found in a picture', () => {
  const folder = mkdtempSync(join(tmpdir(), 'otakey-photo-'));
  try {
    const png = new PNG({ width: 300, height: 100 });
    const ground = Number.parseInt(THEMES.dark.panel.slice(1), 16);
    for (let i = 0; i < png.data.length; i += 4) {
      png.data.writeUInt32BE(((ground << 8) | 255) >>> 0, i);
    }
    png.data.fill(200, (50 * 300 + 160) * 4, (50 * 300 + 290) * 4);
    const file = join(folder, 'x.png');
    writeFileSync(file, PNG.sync.write(png));
    const place = (title: string, x: number) => ({ title, x, y: 0, width: 140, height: 100 });
    const picture = { html: '', width: 300, height: 100, panels: [place('empty', 0), place('drawn', 155)] };
    assert.deepEqual(blank(file, picture, 'dark'), ['empty']);
  } finally {
    rmSync(folder, { recursive: true });
  }
});
