// A real run to look at: gateways, platforms, fleets, campaigns, refusals, and a Prometheus that scrapes them.
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { ROOT } from './contract.js';
import { Crew, freePort, until } from './crew.js';
import type { Member } from './crew.js';
import { Prometheus } from './prometheus.js';

/** How large a run is. */
export interface Size {
  nodes: number;
  /** Of the fleet that lives; others are in proportion. */
  devices: number;
  /** Between the steps of the story, for people who look at pictures. */
  restSeconds: number;
  /** Within which each device of the fleet asks what is new. */
  pollSeconds: number;
}

export const SMALL: Size = { nodes: 1, devices: 300, restSeconds: 0, pollSeconds: 1 };
export const LARGE: Size = { nodes: 2, devices: 2000, restSeconds: 8, pollSeconds: 10 };

export const SCRAPE_SECONDS = 1;
/** The fleet is counted for a fiftieth of the time: seldom where a count takes seconds. */
const COUNT_MILLIS = 400_000;
const OTAKEY = join(ROOT, 'otakey');
const CLIENT = { OTAKEY_BUILD: 'off', OTAKEY_JAVA_OPTIONS: '-XX:TieredStopAtLevel=1' };

interface Node {
  name: string;
  folder: string;
  ports: Record<string, number>;
}

export class Scene {
  private readonly data = mkdtempSync(join(tmpdir(), 'otakey-dashboards-'));
  private readonly crew = new Crew(this.data);
  private begun = Date.now();
  private readonly nodes: Node[] = [];
  private readonly generators: Record<string, number> = {};
  private standIn?: Server;
  private prometheusPort = 0;

  constructor(private readonly size: Size) {}

  get prometheus(): Prometheus {
    return new Prometheus(`http://127.0.0.1:${this.prometheusPort}`, SCRAPE_SECONDS);
  }

  get seconds(): number {
    return Math.ceil((Date.now() - this.begun) / 1000);
  }

  /** From the first node to a fleet that has lived through everything that dashboards show, and lives on. */
  async play(): Promise<void> {
    this.tell(`${this.size.nodes} gateway(s) start`);
    const platform = await this.openStandIn();
    await this.startNodes();
    this.generators.fleet = await freePort();
    this.generators.line = await freePort();
    await this.startPrometheus();
    await this.setUp(platform);
    this.tell(`${this.size.devices} devices enroll, and others beside them`);
    const fleet = this.loadgen('fleet', [
      ...[
        'live',
        '--devices',
        `${this.size.devices}`,
        '--rate',
        `${this.size.devices / (this.size.restSeconds + 6)}`,
      ],
      ...[
        '--platform',
        'login',
        '--poll-within',
        `${this.size.pollSeconds}`,
        '--time-scale',
        '0.01',
        '--probe',
        '20',
        '--in-flight',
        '256',
      ],
      ...[
        '--bundle',
        this.bundle('meter'),
        '--mqtt',
        this.nodes.map(node => this.at(node, 'mqtt')).join(','),
      ],
    ]);
    const line = this.loadgen('line', [
      ...[
        'enroll',
        '--devices',
        `${this.some(5)}`,
        '--rate',
        `${this.some(5) / (this.size.restSeconds + 2)}`,
      ],
      ...['--transport', 'mix', '--connect', 'keep', '--rotate', '1', '--stay', '--time-scale', '0.01'],
      ...['--bundle', this.bundle('valve'), ...this.listeners(0)],
    ]);
    await line.prints('enrolled: press return');
    line.say('');
    await line.prints('idle: press return');
    this.tell('strangers are turned away');
    await this.turnAway();
    fleet.say('await platform=cloud epoch=1');
    await fleet.prints('reached: ');
    this.tell('campaigns rotate every key and move every device');
    await this.campaigns(fleet);
    await this.flood('guard');
    await this.seen('otakey_campaign_state{state="running"} == 1');
    await this.seen('sum(otakey_campaign_devices{state="confirmed"}) > 0');
    await pause(1000 * (this.size.restSeconds / 2 + 4 * SCRAPE_SECONDS));
  }

  private tell(what: string): void {
    console.error(`${String(this.seconds).padStart(4)} s  ${what}`);
  }

  /** Ends everything; its logs stay if something went wrong. */
  async close(well: boolean): Promise<void> {
    await this.crew.stop();
    this.standIn?.closeAllConnections();
    this.standIn?.close();
    if (well) {
      rmSync(this.data, { recursive: true, force: true, maxRetries: 5 });
    } else {
      console.error(`logs of all that ran: ${this.data}`);
    }
  }

  /** The share of the fleet that other things are measured by. */
  private some(part: number): number {
    return Math.ceil(this.size.devices / part);
  }

  private at(node: Node, listener: string): string {
    return `127.0.0.1:${node.ports[listener]}`;
  }

  private listeners(node: number): string[] {
    return ['--mqtt', this.at(this.nodes[node], 'mqtt'), '--http', this.at(this.nodes[node], 'http')];
  }

  private bundle(product: string): string {
    return join(this.data, `${product}.json`);
  }

  private loadgen(name: string, args: string[]): Member {
    const shown = this.generators[name] ? ['--metrics-port', `${this.generators[name]}`] : [];
    return this.crew.start(name, OTAKEY, ['loadgen', ...args, ...shown], CLIENT);
  }

  /** Somebody who takes every login that is written and every event, as over a network. */
  private async openStandIn(): Promise<string> {
    this.standIn = createServer((request, response) => {
      request.resume();
      request.on('end', () => setTimeout(() => response.writeHead(204).end(), 2 + 8 * Math.random()));
    });
    await new Promise<void>(resolve => this.standIn?.listen(0, '127.0.0.1', resolve));
    return `http://127.0.0.1:${(this.standIn?.address() as AddressInfo).port}`;
  }

  private async startNodes(): Promise<void> {
    const members = await Promise.all(Array.from({ length: this.size.nodes }, freePort));
    const first = join(this.data, 'gw-1');
    for (let i = 0; i < this.size.nodes; i++) {
      const name = `gw-${i + 1}`;
      const folder = join(this.data, name);
      mkdirSync(folder);
      const own = i === 0 ? {} : this.like(first);
      const gateway = this.crew.start(name, OTAKEY, ['gateway'], {
        ...this.settings(folder, members, i),
        ...own,
      });
      const endpoints = join(folder, 'endpoints.json');
      await gateway.until('to serve', () => existsSync(endpoints));
      this.nodes.push({ name, folder, ports: JSON.parse(readFileSync(endpoints, 'utf8')) });
    }
  }

  private settings(folder: string, members: number[], i: number): Record<string, string> {
    const listeners = ['MQTT', 'MQTTS', 'HTTP', 'HTTPS', 'ADMIN', 'HOOK'].map(name => [
      `OTAKEY_${name}_PORT`,
      '0',
    ]);
    const cluster = {
      OTAKEY_CLUSTER_ENABLED: 'true',
      OTAKEY_CLUSTER_PORT: `${members[i]}`,
      OTAKEY_CLUSTER_MEMBERS: members.map(port => `127.0.0.1:${port}`).join(','),
    };
    return {
      ...Object.fromEntries(listeners),
      ...(members.length > 1 ? cluster : {}),
      OTAKEY_BUILD: 'off',
      OTAKEY_DATA: folder,
      OTAKEY_DATABASE_PROGRAMS: join(ROOT, 'target/postgres-programs'),
      OTAKEY_HOOK_ENABLED: 'true',
      OTAKEY_EXCHANGE_GRANTSPERHOUR: '1000',
      OTAKEY_CAMPAIGNS_TICKMILLIS: '200',
      OTAKEY_PLATFORMS_TICKMILLIS: '100',
      OTAKEY_WEBHOOKS_REACH: '127.0.0.0/8',
      OTAKEY_CENSUS_EVERY: '1',
    };
  }

  /** Another node of the same installation. */
  private like(first: string): Record<string, string> {
    const database = readFileSync(join(first, 'database/cluster/otakey.conf'), 'utf8');
    return {
      OTAKEY_VAULT_FILE: join(first, 'vault.json'),
      OTAKEY_DATABASE_HOST: '127.0.0.1',
      OTAKEY_DATABASE_PORT: /^port = (\d+)$/m.exec(database)?.[1] ?? '',
      OTAKEY_DATABASE_PASSWORD: readFileSync(join(first, 'database/password'), 'utf8').trim(),
    };
  }

  private async startPrometheus(): Promise<void> {
    const target = (instance: string, port: number) => ({
      targets: [`127.0.0.1:${port}`],
      labels: { cluster: 'demo', instance },
    });
    const jobs = [
      { job_name: 'otakey', static_configs: this.nodes.map(node => target(node.name, node.ports.admin)) },
      {
        job_name: 'loadgen',
        static_configs: Object.entries(this.generators).map(([name, port]) =>
          target(`loadgen-${name}`, port),
        ),
      },
    ];
    const config = join(this.data, 'prometheus.yml');
    const every = `${SCRAPE_SECONDS}s`;
    writeFileSync(
      config,
      JSON.stringify({ global: { scrape_interval: every, scrape_timeout: every }, scrape_configs: jobs }),
    );
    this.prometheusPort = await freePort();
    const prometheus = this.crew.start('prometheus', 'prometheus', [
      `--config.file=${config}`,
      `--storage.tsdb.path=${join(this.data, 'tsdb')}`,
      `--web.listen-address=127.0.0.1:${this.prometheusPort}`,
    ]);
    await prometheus.prints('Server is ready to receive web requests');
    this.begun = Date.now();
  }

  /** Until Prometheus has seen this: the fleet is counted less often where that takes long. */
  private seen(expr: string): Promise<void> {
    const url = `http://127.0.0.1:${this.prometheusPort}/api/v1/query?${new URLSearchParams({ query: expr })}`;
    return until(
      `Prometheus to see ${expr}`,
      async () => {
        const answer = (await (await fetch(url)).json()) as { data: { result: unknown[] } };
        return answer.data.result.length > 0;
      },
      COUNT_MILLIS,
    );
  }

  /** Where the first gateway is administered. */
  get admin(): string {
    return `http://${this.at(this.nodes[0], 'admin')}`;
  }

  /** One call of its API, with the first token. */
  async call(method: string, path: string, body?: unknown, type = 'application/json'): Promise<any> {
    const token = readFileSync(join(this.nodes[0].folder, 'admin-token'), 'utf8').trim();
    const answer = await fetch(`${this.admin}${path}`, {
      method,
      headers: { authorization: `Bearer ${token}`, 'content-type': type },
      body: body === undefined ? undefined : typeof body === 'string' ? body : JSON.stringify(body),
    });
    const text = await answer.text();
    if (!answer.ok) {
      throw new Error(`${method} ${path}: ${answer.status} ${text}`);
    }
    return answer.headers.get('content-type')?.startsWith('application/json') ? JSON.parse(text) : text;
  }

  private async setUp(platform: string): Promise<void> {
    const hook = this.at(this.nodes[this.nodes.length - 1], 'hook');
    const brokers = this.crew.start(
      'platforms',
      OTAKEY,
      ['loadgen', 'platform', '--hook', hook, '--platform', 'cloud', '--platform', 'harbour'],
      CLIENT,
    );
    await brokers.prints('harbour ');
    const printed = readFileSync(join(this.data, 'platforms.log'), 'utf8');
    const template = {
      prepare: [
        { method: 'PUT', path: '/logins/${token}', body: { user: '${loginName}', password: '${secret}' } },
      ],
      retire: [{ method: 'DELETE', path: '/logins/${token}' }],
      notify: [{ method: 'POST', path: '/messages/${token}' }],
      check: { method: 'GET', path: '/health' },
    };
    const settings = { url: platform, template: JSON.stringify(template), notify: 'true' };
    await this.call('PUT', '/platforms/harbour', { kind: 'rest', settings, secrets: {} });
    for (const id of ['cloud', 'harbour']) {
      const port = Number(new RegExp(`^${id} (\\d+)$`, 'm').exec(printed)?.[1]);
      await this.call('POST', '/connections', {
        ...{ platformId: id, scheme: 'mqtt', host: '127.0.0.1', port, topicPrefix: 'devices/' },
      });
    }
    await this.product('meter', { allowList: false }, 1);
    await this.product('valve', { allowList: false, quota: this.some(4) }, 0);
    await this.product('pump', { allowList: true }, 0);
    const registered = Array.from({ length: this.some(8) }, (_, i) => `stock-${i}`).join('\n');
    await this.call('POST', '/products/pump/devices', `deviceId\n${registered}\n`, 'text/csv');
    await this.call('PUT', '/webhooks/crm', { url: `${platform}/events`, insecure: true });
  }

  private async product(id: string, policy: unknown, connectionId: number): Promise<void> {
    await this.call('POST', '/products', { id, name: id, policy, connectionId });
    await this.call('POST', `/products/${id}/keys`, {});
    const bundle = await this.call('GET', `/products/${id}/bundle`);
    writeFileSync(this.bundle(id), typeof bundle === 'string' ? bundle : JSON.stringify(bundle));
  }

  /** Who has no right to a key asks for one; an operator bars some who had. */
  private async turnAway(): Promise<void> {
    const strangers = (name: string, product: string, prefix: string) =>
      this.loadgen(name, [
        ...[
          'enroll',
          '--bundle',
          this.bundle(product),
          ...this.listeners(0),
          '--devices',
          '30',
          '--rate',
          '8',
        ],
        ...['--id-prefix', prefix, '--no-proof', '--timeout', `${this.size.restSeconds + 1}`, '--quiet'],
      ]);
    const unregistered = strangers('unregistered', 'pump', 'unknown-');
    const copied = strangers('copied', 'meter', 'dev-');
    await this.flood('garbage');
    for (let i = 1; i <= 5; i++) {
      const verb = i < 4 ? 'block' : 'revoke';
      await this.call('POST', `/products/valve/devices/dev-${String(i).padStart(7, '0')}/${verb}`);
    }
    await unregistered.ends();
    await copied.ends();
  }

  private async flood(kind: string): Promise<void> {
    const args = [
      'flood',
      '--bundle',
      this.bundle('meter'),
      '--mqtt',
      this.at(this.nodes[0], 'mqtt'),
      '--frame',
      kind,
    ];
    const seconds = ['--rate', '50', '--connections', '4', '--seconds', `${this.size.restSeconds / 2 + 2}`];
    await this.loadgen(`flood-${kind}`, [...args, ...seconds]).ends();
  }

  /** A rotation, a move to the platform that logins are written into, and one whose devices do not come. */
  private async campaigns(fleet: Member): Promise<void> {
    const order = (name: string, product: string, more: object) =>
      this.call('POST', '/campaigns', {
        ...{ name, target: { products: [product] }, waves: [10], retries: 0, start: true, ...more },
      });
    const pace = { perSecond: this.size.devices / (this.size.restSeconds + 2) };
    // Devices that only wait do not come: to be seen for as long as somebody looks.
    await order('valves', 'valve', { goal: 'rotate', timeoutSeconds: 600 });
    await order('keys', 'meter', { goal: 'rotate', pace, timeoutSeconds: 600 });
    fleet.say('await platform=cloud epoch=2');
    await fleet.prints('epoch 2 or later');
    await pause(1000 * this.size.restSeconds);
    await order('harbour', 'meter', { goal: 'move', connectionId: 2, pace, timeoutSeconds: 600 });
    fleet.say('await platform=harbour epoch=3');
    await fleet.prints('epoch 3 or later');
    await pause(1000 * this.size.restSeconds);
    // Asked once more, devices are told through the platform that they are on now.
    await order('once-more', 'meter', { goal: 'rotate', pace, timeoutSeconds: 600 });
    fleet.say('await platform=harbour epoch=4');
    await fleet.prints('epoch 4 or later');
  }
}
