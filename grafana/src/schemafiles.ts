// Dashboards as TypeScript, whose compiler then holds them to Grafana's published types.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { boards } from './dashboards/index.js';
import { FOLDER } from './write.js';

const HEAD = `import type { AnyDashboard, Json } from '../../src/schema.js';\n`;

/** Places of a dashboard, and what does not belong there: each must be refused. */
const WRONG: [path: (string | number)[], value: unknown][] = [
  [['schemaVersion'], '42'],
  [['panels', 1, 'type'], 'graph'],
  [['panels', 1, 'gridPos', 'w'], undefined],
  [['panels', 1, 'targets', 0, 'refId'], undefined],
  [['panels', 1, 'options', 'colorMode'], 'rainbow'],
  [['panels', 1, 'options', 'colourMode'], 'value'],
  [['panels', 1, 'fieldConfig', 'defaults', 'thresholds', 'steps', 0, 'color'], 7],
  [['panels', 1, 'fieldConfig', 'defaults', 'units'], 's'],
  [['templating', 'list', 1, 'type'], 'search'],
  [['annotations', 'list', 0, 'enable'], 'yes'],
];

/** Files by name: each dashboard as it is, and one spoiled in many ways, which must not compile. */
export function schemaTests(): Record<string, string> {
  const read = (name: string) => readFileSync(join(FOLDER, `${name}.json`), 'utf8');
  const good = Object.keys(boards).map((name): [string, string] => [
    name,
    `${HEAD}export const ${name}: Json<AnyDashboard> = ${read(name)};\n`,
  ]);
  const bad = WRONG.map(([path, value], i) => {
    const json = JSON.stringify(spoiled(JSON.parse(read('fleet')), path, value));
    return `// @ts-expect-error: ${path.join('.')} is ${JSON.stringify(value) ?? 'missing'}\nexport const wrong${i}: Json<AnyDashboard> = ${json};\n`;
  });
  return { ...Object.fromEntries(good), wrong: HEAD + bad.join('') };
}

function spoiled<T>(dashboard: T, path: (string | number)[], value: unknown): T {
  const place = path.slice(0, -1).reduce((at: any, key) => at[key], dashboard);
  place[path[path.length - 1]] = value;
  return dashboard;
}
