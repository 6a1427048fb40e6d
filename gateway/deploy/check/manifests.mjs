// Checks ../kubernetes: every field exists in Kubernetes' published types, has a value that its
// schema allows, and what names something in another manifest names something that is there.
// Prints the gateway's configuration, for the gateway to say what it thinks of it.
import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parseAllDocuments } from 'yaml';

const here = fileURLToPath(new URL('.', import.meta.url));
const folder = `${here}../kubernetes/`;
const problems = [];

const manifests = readdirSync(folder)
  .filter((file) => file.endsWith('.yaml'))
  .flatMap((file) =>
    parseAllDocuments(readFileSync(folder + file, 'utf8')).map((document) => {
      problems.push(...document.errors.map((error) => `${file}: ${error.message}`));
      return { file, content: document.toJS() };
    }),
  );

/** Values, by the schema. */
for (const { file, content } of manifests) {
  const kinds = await import(`kubernetes-models/${content.apiVersion}`);
  try {
    new kinds[content.kind](content).validate();
  } catch (error) {
    problems.push(`${file}, ${content.kind}: ${error.message}`);
  }
}

/** Fields, by the types: a constant may have none that its type does not know. */
const typed = manifests.map(
  ({ content }, at) =>
    `import type { I${content.kind} as T${at} } from 'kubernetes-models/${content.apiVersion}';\n` +
    `export const manifest${at}: T${at} = ${JSON.stringify(content, null, 1)};\n`,
);
mkdirSync(`${here}target`, { recursive: true });
writeFileSync(`${here}target/manifests.ts`, typed.join('\n'));
const options = ['--noEmit', '--strict', '--skipLibCheck', '--target', 'es2022'];
const modules = ['--module', 'nodenext', '--moduleResolution', 'nodenext'];
const compiler = `${here}node_modules/.bin/tsc`;
const compiled = spawnSync(compiler, [...options, ...modules, `${here}target/manifests.ts`]);
if (compiled.status !== 0) {
  problems.push(`a field that Kubernetes does not know: ${compiled.stdout}`);
}

/** Names, by what there is. */
const of = (kind) => manifests.filter(({ content }) => content.kind === kind).map((m) => m.content);
const pod = of('StatefulSet')[0].spec.template;
const container = pod.spec.containers[0];
const ports = new Map(container.ports.map((port) => [port.name, port.containerPort]));
const isPort = (port) => ports.has(port) || [...ports.values()].includes(port);
const expect = (holds, what) => holds || problems.push(what);
const selects = (selector) =>
  Object.entries(selector).every(([label, value]) => pod.metadata.labels[label] === value);

expect(selects(of('StatefulSet')[0].spec.selector.matchLabels), 'the set does not select its pods');
for (const service of of('Service')) {
  expect(selects(service.spec.selector), `service ${service.metadata.name} selects no pod`);
  for (const port of service.spec.ports) {
    expect(isPort(port.targetPort ?? port.port), `service ${service.metadata.name}: no ${port.name}`);
  }
}
for (const budget of of('PodDisruptionBudget')) {
  expect(selects(budget.spec.selector.matchLabels), 'the disruption budget selects no pod');
}
for (const policy of of('NetworkPolicy')) {
  expect(selects(policy.spec.podSelector.matchLabels), 'the network policy selects no pod');
  const open = policy.spec.ingress.flatMap((rule) => rule.ports.map(({ port }) => port));
  for (const port of ports.keys()) {
    expect(open.includes(port), `the network policy lets nobody reach ${port}`);
  }
}
for (const probe of ['startupProbe', 'livenessProbe', 'readinessProbe']) {
  expect(isPort(container[probe].httpGet.port), `${probe}: no such port`);
}
const services = of('Service').map((service) => service.metadata.name);
expect(services.includes(of('StatefulSet')[0].spec.serviceName), 'no service names the pods');
const volumes = pod.spec.volumes.map((volume) => volume.name);
const claims = of('StatefulSet')[0].spec.volumeClaimTemplates.map((claim) => claim.metadata.name);
for (const mount of container.volumeMounts) {
  expect([...volumes, ...claims].includes(mount.name), `no volume ${mount.name}`);
}
for (const { file, content } of manifests) {
  const namespace = content.kind === 'Namespace' ? content.metadata.name : content.metadata.namespace;
  expect(namespace === of('Namespace')[0].metadata.name, `${file}: outside the namespace`);
}

for (const problem of problems) {
  console.error(`kubernetes: ${problem}`);
}
process.exitCode = problems.length === 0 ? 0 : 1;
console.log(of('ConfigMap')[0].data['otakey.yaml']);
