import {
  above,
  bars,
  below,
  dashboard,
  notable,
  q,
  quantile,
  quantiles,
  row,
  series,
  stat,
  table,
} from '../build.js';

const ALONE = 'nodes without --cluster know of no other';
const FAULTS = 'busy|internal|platform_unavailable';

export default dashboard({
  uid: 'otakey-gateway',
  title: 'Gateway health (USE)',
  about: 'Each node by what it has only so much of: how much is in use, who waits for it, who was refused.',
  from: 'otakey_build',
  rows: [
    row(
      'At a glance',
      4,
      stat(1, 'Nodes', {
        about: 'Gateways that Prometheus reaches.',
        unit: 'none',
        at: above(1, 2),
        runbook: 'nodemissing',
        of: q('count(otakey_build)', 'nodes'),
      }),
      stat(2, 'Frames', {
        about: 'Everything that devices ask, per second.',
        unit: 'reqps',
        decimals: 1,
        at: notable(10_000),
        runbook: 'enrollmenterrorbudgetburn',
        of: q('sum(rate(otakey_frames_seconds_count[$__rate_interval]))', 'frames'),
      }),
      stat(3, 'Frames not served', {
        about: 'Share of the frames that were answered busy, internal error or platform unavailable.',
        unit: 'percentunit',
        decimals: 2,
        min: 0,
        at: below(0.001, 0.01),
        runbook: 'enrollmenterrorbudgetburn',
        of: q(
          `(sum(rate(otakey_frames_seconds_count{outcome=~"${FAULTS}"}[$__rate_interval])) or vector(0))
             / sum(rate(otakey_frames_seconds_count[$__rate_interval]))`,
          'not served',
        ),
      }),
      stat(4, 'Frames, p99', {
        about: 'All but one in a hundred frames are answered within this time.',
        unit: 's',
        at: below(0.1, 0.25),
        runbook: 'enrollmentlatencybudgetburn',
        of: q(quantile(0.99, 'otakey_frames_seconds'), 'p99'),
      }),
      stat(5, 'Fullest resource', {
        about: 'The largest share of any resource below that is in use.',
        unit: 'percentunit',
        min: 0,
        max: 1,
        at: below(0.7, 0.9),
        runbook: 'resourcenearlimit',
        of: q(
          'max(otakey_resource_used{resource!="grants_remembered"} / otakey_resource_limit > 0) or vector(0)',
          'used',
        ),
      }),
      stat(6, 'Holding devices off', {
        about:
          'Nodes that answer every device ERROR 8: an operator has to choose how to recover, or the journal cannot be written.',
        unit: 'none',
        at: below(1),
        runbook: 'devicesheldoff',
        of: q('sum(max by (instance) (otakey_held_off))', 'nodes'),
      }),
    ),
    row(
      'Utilization',
      9,
      bars(10, 'Resources in use', {
        about:
          'What is in use of each resource, on the node that uses most of it: connections, queues, pools, threads. docs/metrics.md says what each is.',
        unit: 'percentunit',
        decimals: 1,
        min: 0,
        max: 1,
        at: below(0.7, 0.9),
        runbook: 'resourcenearlimit',
        of: q('topk(12, max by (resource) (otakey_resource_used / otakey_resource_limit))', '{{resource}}'),
      }),
      series(11, 'CPU', {
        about: 'Share of all cores that the gateway uses, and that everything on its machine does.',
        unit: 'percentunit',
        min: 0,
        max: 1,
        at: below(0.7, 0.9),
        runbook: 'eventlooplag',
        of: [
          q('max by (instance) (process_cpu_usage)', '{{instance}}'),
          q('max by (instance) (system_cpu_usage)', '{{instance}}, machine'),
        ],
      }),
      series(12, 'Connections', {
        about:
          'Open connections of devices. Each takes about 9 KB, with TLS 14; the limit is `limits.maxConnections`.',
        unit: 'short',
        min: 0,
        at: below(15_000, 19_000),
        runbook: 'resourcenearlimit',
        of: q('sum by (instance) (otakey_resource_used{resource="connections"})', '{{instance}}'),
      }),
    ),
    row(
      'Saturation',
      8,
      series(20, 'Waiting for a resource', {
        about: 'How many wait where one waits. It should be near zero but in bursts.',
        unit: 'short',
        min: 0,
        at: below(100, 10_000),
        runbook: 'databasepoolwaits',
        of: q('sum by (resource) (otakey_resource_waiting)', '{{resource}}'),
      }),
      series(21, 'Event loops late', {
        about:
          'How much later than due timers run, over all event loops: what each frame there waits. Something blocks a loop, or cores are short.',
        unit: 's',
        min: 0,
        at: below(0.05, 0.5),
        runbook: 'eventlooplag',
        of: quantiles('otakey_event_loop_lag_seconds'),
      }),
      series(22, 'Wait for a batch, p99', {
        about: 'How long the oldest input of a batch waited before the batch ran, by batcher.',
        unit: 's',
        min: 0,
        at: below(0.1, 1),
        runbook: 'commitslow',
        of: q(quantile(0.99, 'otakey_batch_wait_seconds', ['batch']), '{{batch}}'),
      }),
    ),
    row(
      'Errors',
      8,
      series(30, 'Refused for want of a resource', {
        about: 'How often somebody was refused, or left out, because a resource was used up.',
        unit: 'ops',
        min: 0,
        at: below(0.1, 10),
        runbook: 'resourcerefused',
        of: q('sum by (resource) (rate(otakey_resource_refused_total[$__rate_interval]))', '{{resource}}'),
      }),
      series(31, 'Frames not served', {
        about: 'Frames per second that were answered busy, internal error or platform unavailable, by type.',
        unit: 'reqps',
        min: 0,
        at: below(0.1, 10),
        runbook: 'enrollmenterrorbudgetburn',
        of: q(
          `sum by (type, outcome) (rate(otakey_frames_seconds_count{outcome=~"${FAULTS}"}[$__rate_interval]))`,
          '{{type}}: {{outcome}}',
          'every frame was served',
        ),
      }),
      series(32, 'Inputs of batches not done', {
        about: '`full`, `old`: overload; `tries`, `failed`: the database; `closed`: the node stopped.',
        unit: 'ops',
        min: 0,
        at: below(0.1, 10),
        runbook: 'commitslow',
        of: q(
          'sum by (batch, reason) (rate(otakey_batch_refused_total[$__rate_interval]))',
          '{{batch}}: {{reason}}',
        ),
      }),
    ),
    row(
      'Node',
      8,
      series(40, 'Nodes seen', {
        about:
          'How many nodes each node sees, itself included. Lines that differ are a cluster in parts: pushes of one part do not reach the other.',
        unit: 'none',
        decimals: 0,
        min: 0,
        at: above(1, 2),
        runbook: 'clustersplit',
        of: q('max by (instance) (otakey_cluster_nodes)', '{{instance}}', ALONE),
      }),
      series(41, 'Disk used', {
        about: 'Of the disks that the data folder and the journal are on.',
        unit: 'percentunit',
        min: 0,
        max: 1,
        at: below(0.8, 0.9),
        runbook: 'diskfilling',
        of: q(
          'max by (instance, folder) (1 - otakey_disk_free_bytes / otakey_disk_size_bytes)',
          '{{instance}}: {{folder}}',
        ),
      }),
      stat(42, 'Certificates', {
        still: true,
        about:
          "Time until the first certificate of a listener's chain expires. Files are read again when they change.",
        unit: 's',
        at: above(7 * 86_400, 21 * 86_400),
        runbook: 'certificateexpiressoon',
        of: q('min by (listener) (otakey_certificate_expires_seconds) - time()', '{{listener}}'),
      }),
      series(43, 'Requests to the administration API', {
        about: 'By status, per second.',
        unit: 'reqps',
        min: 0,
        at: notable(50),
        runbook: 'resourcenearlimit',
        of: q('sum by (status) (rate(otakey_admin_requests_seconds_count[$__rate_interval]))', '{{status}}'),
      }),
    ),
    row(
      'Duties',
      7,
      table(50, 'Who does what', {
        about: 'What one node at a time does. When it dies, another goes on within ten seconds.',
        unit: 'none',
        at: above(1),
        runbook: 'dutyundone',
        columns: { cluster: 'Cluster', duty: 'Duty', instance: 'Node', Value: 'Leads' },
        of: q('max by (cluster, duty, instance) (otakey_duty_leads) == 1'),
      }),
      series(51, 'Messages between nodes', {
        about: '`sent`, `heard`; `unreadable`: another vault or version; `left_out`: too many wait.',
        unit: 'ops',
        min: 0,
        at: notable(1000),
        runbook: 'clustersplit',
        of: q(
          'sum by (outcome) (rate(otakey_cluster_messages_total[$__rate_interval]))',
          '{{outcome}}',
          ALONE,
        ),
      }),
    ),
    row(
      'Audit log',
      6,
      stat(60, 'Nodes that saw it broken', {
        about:
          'Nodes that saw the chain over the audit log cut, replaced or forged, until they start anew. What is wrong says `admin audit verify`.',
        unit: 'none',
        at: below(1),
        runbook: 'auditlogbroken',
        of: q('sum(max by (instance) (otakey_audit_broken))', 'nodes'),
      }),
      series(61, 'Entries linked and waiting', {
        about:
          'Entries that the chain has had (`linked` only rises: a step down is a log that was cut or set back), and those that wait for their link, within a second or two while a node has the duty.',
        unit: 'short',
        decimals: 0,
        min: 0,
        at: notable(100_000),
        runbook: 'auditlogwaits',
        of: [
          q('sum(max by (cluster) (otakey_audit_chained))', 'linked'),
          q('sum(max by (cluster) (otakey_audit_waiting))', 'waiting'),
        ],
      }),
    ),
  ],
});
