// The commands of this folder; ../scripts/dashboards.sh has them at hand.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { ConsoleTrial } from './console.js';
import { ROOT } from './contract.js';
import { boards } from './dashboards/index.js';
import { evaluate } from './live.js';
import { blank } from './photo.js';
import { photograph, picture, shrink } from './preview.js';
import { Prometheus } from './prometheus.js';
import type { Span } from './prometheus.js';
import { pagesIn, ReportTrial } from './report.js';
import { LARGE, Scene, SCRAPE_SECONDS, SMALL } from './scene.js';
import { schemaTests } from './schemafiles.js';
import { writeAll } from './write.js';

const USAGE = `usage: node main.js COMMAND
  write       make dashboards/*.json from their sources
  schema      make target/schema/*.ts, for the TypeScript compiler to judge
  live        evaluate every query, and draw: --prometheus URL --scrape SECONDS --seconds BACK
              --out FOLDER [--only NAME,...] [--theme dark|light]
  run         the same on a run of its own, [--size small|large]; before that, the console is tried
              where its pictures are wanted: [--console FOLDER]
  reports     pages of experiments in a browser: FOLDER of runs; pictures go beside them`;

const { values: options, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    prometheus: { type: 'string', default: 'http://127.0.0.1:9090' },
    scrape: { type: 'string', default: '15' },
    seconds: { type: 'string', default: '3600' },
    out: { type: 'string', default: join(ROOT, 'grafana/preview') },
    only: { type: 'string', default: Object.keys(boards).join(',') },
    theme: { type: 'string', default: 'dark' },
    size: { type: 'string', default: 'small' },
    console: { type: 'string', default: '' },
    shrink: { type: 'boolean', default: false },
  },
});

const POINTS = 240;

/** Evaluates every query over the last while, and draws the dashboards that are wanted. */
async function look(prometheus: Prometheus, scrape: number, seconds: number): Promise<number> {
  const step = Math.max(scrape, Math.ceil(seconds / POINTS));
  const to = Math.floor(Date.now() / 1000);
  const span = { from: to - seconds, to, step };
  const { passed, failed, empty } = await evaluate(prometheus, span);
  empty.forEach(line => console.log(`no data, as may be: ${line}`));
  failed.forEach(line => console.log(`FAILED ${line}`));
  console.log(`queries: ${passed} passed, ${failed.length} failed`);
  return failed.length + (await draw(prometheus, span));
}

async function draw(prometheus: Prometheus, span: Span): Promise<number> {
  mkdirSync(options.out, { recursive: true });
  let faults = 0;
  for (const name of options.only.split(',').filter(Boolean)) {
    const file = join(options.out, `${name}.png`);
    const json = JSON.parse(readFileSync(join(ROOT, `grafana/dashboards/${name}.json`), 'utf8'));
    const drawn = await picture(json, prometheus, span, options.theme);
    photograph(drawn, file);
    const empty = blank(file, drawn, options.theme);
    if (options.shrink) {
      shrink(file);
    }
    empty.forEach(title => console.log(`FAILED ${name}: panel ${title} is blank in ${file}`));
    console.log(`picture: ${file}, ${drawn.panels.length} panels`);
    faults += empty.length;
  }
  return faults;
}

/** The console in a browser, on the fleet of a run. */
async function tryConsole(scene: Scene, pictures: string): Promise<void> {
  const begun = Date.now();
  const call = scene.call.bind(scene);
  const steps = await new ConsoleTrial({ url: scene.admin, call }, pictures).run();
  console.log(`console: ${steps} steps passed in ${Math.round((Date.now() - begun) / 1000)} s, ${pictures}`);
}

async function run(): Promise<number> {
  const scene = new Scene(options.size === 'large' ? LARGE : SMALL);
  const stop = () => void scene.close(true).finally(() => process.exit(130));
  process.once('SIGINT', stop).once('SIGTERM', stop);
  let well = false;
  try {
    await scene.play();
    console.log(`a run of ${scene.seconds} s`);
    if (options.console !== '') {
      await tryConsole(scene, options.console);
    }
    const faults = await look(scene.prometheus, SCRAPE_SECONDS, scene.seconds);
    well = true;
    return faults;
  } finally {
    await scene.close(well);
  }
}

async function reports(folder: string): Promise<number> {
  const begun = Date.now();
  const pictures = join(folder, 'pictures');
  const pages = await new ReportTrial(pictures).run(pagesIn(folder));
  console.log(`reports: ${pages} pages passed in ${Math.round((Date.now() - begun) / 1000)} s, ${pictures}`);
  return 0;
}

const commands: Record<string, () => Promise<number> | number> = {
  write: () => (writeAll(), 0),
  schema: () => {
    const folder = join(ROOT, 'grafana/target/schema');
    mkdirSync(folder, { recursive: true });
    Object.entries(schemaTests()).forEach(([name, text]) => writeFileSync(join(folder, `${name}.ts`), text));
    return 0;
  },
  live: () =>
    look(
      new Prometheus(options.prometheus, Number(options.scrape)),
      Number(options.scrape),
      Number(options.seconds),
    ),
  run,
  reports: () => reports(positionals[1] ?? '.'),
};

const command = commands[positionals[0] ?? ''];
if (!command) {
  console.error(USAGE);
  process.exit(2);
}
process.exit((await command()) > 0 ? 1 : 0);
