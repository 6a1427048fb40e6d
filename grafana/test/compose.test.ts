// What can be said of compose.yaml and provisioning/ without a container engine.
import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { parse } from 'yaml';
import { ROOT } from '../src/contract.js';

const FOLDER = join(ROOT, 'grafana');
const read = (file: string) => parse(readFileSync(join(FOLDER, file), 'utf8'));

interface Service {
  image: string;
  volumes?: string[];
  ports?: string[];
  environment?: Record<string, string>;
}

const compose = read('compose.yaml') as { services: Record<string, Service>; volumes: Record<string, null> };
const mounts = Object.values(compose.services).flatMap(service =>
  (service.volumes ?? []).map(one => one.split(':')),
);

test('what is mounted is there', () => {
  for (const [source] of mounts) {
    assert.ok(source.startsWith('.') ? existsSync(join(FOLDER, source)) : source in compose.volumes, source);
  }
});

test('images have versions, and ports are of this machine alone', () => {
  for (const { image, ports } of Object.values(compose.services)) {
    assert.match(image, /:[v\d][\w.-]+$/);
    ports?.forEach(port => assert.match(port, /^127\.0\.0\.1:/));
  }
});

test('Grafana finds dashboards, its Prometheus and the pages that panels link to', () => {
  const { volumes = [], environment = {} } = compose.services.grafana;
  const places = Object.fromEntries(volumes.map(one => [one.split(':')[1], one.split(':')[0]]));
  const [provider] = read('provisioning/dashboards/otakey.yaml').providers;
  assert.equal(places[provider.options.path], './dashboards');
  const [source] = read('provisioning/datasources/prometheus.yaml').datasources;
  assert.ok(source.url.slice(1) in environment);
  assert.equal(places['/usr/share/grafana/public/otakey'], '../docs');
  const fleet = JSON.parse(readFileSync(join(FOLDER, 'dashboards/fleet.json'), 'utf8'));
  const docs = fleet.templating.list.find((one: { name: string }) => one.name === 'docs');
  assert.equal(docs.query, '/public/otakey');
});

test('Grafana counts on the scrape interval that Prometheus has', () => {
  const [source] = read('provisioning/datasources/prometheus.yaml').datasources;
  assert.equal(source.jsonData.timeInterval, read('prometheus/prometheus.yml').global.scrape_interval);
});
