import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { faults, panelsOf } from '../src/check.js';
import { ROOT } from '../src/contract.js';
import { boards } from '../src/dashboards/index.js';
import type { AnyDashboard, AnyPanel } from '../src/schema.js';
import { FOLDER, text } from '../src/write.js';

/** Sections as a page shows them: small letters, no punctuation, hyphens for blanks. */
const sections = new Set(
  ['runbook.md', 'metrics-loadgen.md'].flatMap(page =>
    [...readFileSync(join(ROOT, 'docs', page), 'utf8').matchAll(/^#+ (.+)$/gm)].map(
      ([, title]) =>
        `${page}#${title
          .toLowerCase()
          .replace(/[^\w\- ]/g, '')
          .trim()
          .replace(/ /g, '-')}`,
    ),
  ),
);

const all = (): AnyDashboard[] => Object.values(boards).map(board => structuredClone(board.json));

/** The faults of all dashboards, one of them spoiled. */
function spoiled(spoil: (dashboard: AnyDashboard, panel: AnyPanel) => void): string {
  const dashboards = all();
  spoil(dashboards[0], panelsOf(dashboards[0])[0]);
  return faults(dashboards, sections).join('\n');
}

test('files are what their sources make: npm run write', () => {
  assert.deepEqual(
    readdirSync(FOLDER).sort(),
    Object.keys(boards)
      .map(name => `${name}.json`)
      .sort(),
  );
  for (const [name, board] of Object.entries(boards)) {
    assert.equal(readFileSync(join(FOLDER, `${name}.json`), 'utf8'), text(board.json), name);
  }
});

test('no dashboard has a fault', () => {
  assert.deepEqual(faults(all(), sections), []);
});

test('a query that may have no data says why, and exists', () => {
  for (const board of Object.values(boards)) {
    for (const { panel, refId, reason } of board.empty) {
      const shown = panelsOf(board.json).find(one => one.id === panel);
      assert.ok(
        shown?.targets.some(target => target.refId === refId) && reason.length > 10,
        `${board.json.uid} ${panel} ${refId}`,
      );
    }
  }
});

const asked = (panel: AnyPanel, expr: string) => {
  panel.targets[0].expr = expr;
};
const SCOPE = 'cluster=~"$cluster", instance=~"$instance"';

const SEEDED: Record<string, [(dashboard: AnyDashboard, panel: AnyPanel) => void, RegExp]> = {
  'two dashboards with one uid': [d => (d.uid = boards.jvm.json.uid), /another dashboard has its uid/],
  'a uid of somebody else': [d => (d.uid = 'My dashboard'), /is not otakey-/],
  'no variable': [d => d.templating?.list?.pop() && d.templating.list.splice(3, 1), /no variable product/],
  'no annotation': [d => d.annotations.list.pop(), /no annotation Campaigns/],
  'two panels with one id': [(d, p) => (p.id = panelsOf(d)[1].id), /another panel's/],
  'a panel over another': [(d, p) => (p.gridPos = panelsOf(d)[1].gridPos), /covers another/],
  'a panel beyond the edge': [(_, p) => p.gridPos && (p.gridPos.x = 23), /no place within/],
  'no description': [(_, p) => (p.description = 'Devices'), /no description/],
  'no unit': [(_, p) => (p.fieldConfig.defaults.unit = undefined), /unit undefined is none of/],
  'no threshold': [(_, p) => p.fieldConfig.defaults.thresholds?.steps.pop(), /no thresholds/],
  'thresholds that fall': [
    (_, p) =>
      p.fieldConfig.defaults.thresholds?.steps.push({ color: 'red', value: 5 }, { color: 'red', value: 4 }),
    /no thresholds that rise/,
  ],
  'a link to nowhere': [(_, p) => (p.links = []), /docs\/ has no section undefined/],
  'a section that is not there': [
    (_, p) => p.links && (p.links[0].url = '${docs}/runbook.md#nowhere'),
    /no section runbook\.md#nowhere/,
  ],
  'another datasource': [(_, p) => (p.targets[0].datasource.uid = 'prod'), /does not ask \$datasource/],
  'an annotation of all installations': [
    d => (d.annotations.list[1].target.expr = 'otakey_campaign_state'),
    /annotation Campaigns: otakey_campaign_state does not honour \$cluster/,
  ],
  'an unknown metric': [(_, p) => asked(p, `otakey_devises{${SCOPE}}`), /nobody exposes otakey_devises/],
  'a variable left out': [
    (_, p) => asked(p, 'otakey_build{cluster=~"$cluster"}'),
    /does not honour \$instance/,
  ],
  'a product left out': [(_, p) => asked(p, `otakey_devices{${SCOPE}}`), /does not honour \$product/],
  'a variable in the wrong place': [
    (_, p) => asked(p, 'otakey_build{cluster=~"$cluster", instance!~"$instance"}'),
    /does not honour \$instance/,
  ],
  'an unknown label': [(_, p) => asked(p, `otakey_build{${SCOPE}, colour="red"}`), /has no label colour/],
  'an unknown value': [
    (_, p) => asked(p, `otakey_held_off{${SCOPE}, reason="love"}`),
    /reason of otakey_held_off is never love/,
  ],
  'an unknown group': [(_, p) => asked(p, `sum by (shape) (otakey_build{${SCOPE}})`), /grouped by shape/],
  'a counter as it is': [
    (_, p) => asked(p, `otakey_pushes_total{${SCOPE}}`),
    /is a counter, and nothing is done/,
  ],
  'the rate of a gauge': [
    (_, p) => asked(p, `rate(otakey_build{${SCOPE}}[$__rate_interval])`),
    /is a gauge, and rate/,
  ],
  'a fixed window': [
    (_, p) => asked(p, `rate(otakey_pushes_total{${SCOPE}}[5m])`),
    /does not follow the dashboard/,
  ],
  'no PromQL': [(_, p) => asked(p, 'sum(('), /not PromQL/],
};

for (const [what, [spoil, fault]] of Object.entries(SEEDED)) {
  test(`found: ${what}`, () => assert.match(spoiled(spoil), fault));
}
