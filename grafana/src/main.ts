// The commands of this folder; ../scripts/dashboards.sh has them at hand.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { ROOT } from './contract.js';
import { boards } from './dashboards/index.js';
import { evaluate } from './live.js';
import { blank } from './photo.js';
import { photograph, picture } from './preview.js';
import { Prometheus } from './prometheus.js';
import type { Span } from './prometheus.js';
import { schemaTests } from './schemafiles.js';
import { writeAll } from './write.js';

const USAGE = `usage: node main.js COMMAND
  write       make dashboards/*.json from their sources
  schema      make target/schema/*.ts, for the TypeScript compiler to judge
  live        evaluate every query: --prometheus URL --scrape SECONDS --seconds BACK
  preview     pictures: the same, and --out FOLDER [--only NAME,...] [--theme dark|light]`;

const { values: options, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    prometheus: { type: 'string', default: 'http://127.0.0.1:9090' },
    scrape: { type: 'string', default: '15' },
    seconds: { type: 'string', default: '3600' },
    out: { type: 'string', default: join(ROOT, 'grafana/preview') },
    only: { type: 'string', default: Object.keys(boards).join(',') },
    theme: { type: 'string', default: 'dark' },
  },
});

const POINTS = 200;
const scrape = Number(options.scrape);
const prometheus = new Prometheus(options.prometheus, scrape);

function span(): Span {
  const step = Math.max(scrape, Math.ceil(Number(options.seconds) / POINTS));
  const to = Math.floor(Date.now() / 1000);
  return { from: to - Number(options.seconds), to, step };
}

async function live(): Promise<number> {
  const { passed, failed, empty } = await evaluate(prometheus, span());
  empty.forEach(line => console.log(`no data, as may be: ${line}`));
  failed.forEach(line => console.log(`FAILED ${line}`));
  console.log(`queries: ${passed} passed, ${failed.length} failed`);
  return failed.length;
}

async function preview(): Promise<number> {
  mkdirSync(options.out, { recursive: true });
  const when = span();
  let faults = 0;
  for (const name of options.only.split(',')) {
    const file = join(options.out, `${name}.png`);
    const json = JSON.parse(readFileSync(join(ROOT, `grafana/dashboards/${name}.json`), 'utf8'));
    const drawn = await picture(json, prometheus, when, options.theme);
    photograph(drawn, file);
    const empty = blank(file, drawn, options.theme);
    empty.forEach(title => console.log(`FAILED ${name}: panel ${title} is blank in ${file}`));
    console.log(`picture: ${file}, ${drawn.panels.length} panels`);
    faults += empty.length;
  }
  return faults;
}

const commands: Record<string, () => Promise<number> | number> = {
  write: () => (writeAll(), 0),
  schema: () => {
    const folder = join(ROOT, 'grafana/target/schema');
    mkdirSync(folder, { recursive: true });
    Object.entries(schemaTests()).forEach(([name, text]) => writeFileSync(join(folder, `${name}.ts`), text));
    return 0;
  },
  live,
  preview,
};

const command = commands[positionals[0] ?? ''];
if (!command) {
  console.error(USAGE);
  process.exit(2);
}
process.exit((await command()) > 0 ? 1 : 0);
