import { above, bars, below, dashboard, heatmap, notable, q, row, series, stat, table } from '../build.js';

const DAY = 86_400;

/** What the one node that counts says of a whole installation; while two of them say it, once. */
const fleet = (metric: string, ...by: string[]) =>
  `max by (${['cluster', 'product', ...by].join(', ')}) (${metric})`;

/** Bounds of `otakey_silence_devices`, as people say them. */
const HEARD = [
  ['+Inf', 'ever'],
  ['7776000.0', '90 days'],
  ['2592000.0', '30 days'],
  ['604800.0', 'a week'],
  ['86400.0', 'a day'],
  ['3600.0', 'an hour'],
];

const older = (seconds: string) =>
  `1 - sum(${fleet(`otakey_key_age_devices{le="${seconds}"}`)}) / sum(${fleet('otakey_key_age_devices{le="+Inf"}')})`;

const silent = (seconds: string) =>
  `1 - sum(${fleet(`otakey_silence_devices{le="${seconds}"}`)}) / sum(${fleet('otakey_silence_devices{le="+Inf"}')})`;

export default dashboard({
  uid: 'otakey-fleet',
  title: 'Fleet',
  about:
    'Every device of an installation: how many, with keys how old, heard when; and what somebody should look into.',
  from: 'otakey_build',
  rows: [
    row(
      'At a glance',
      4,
      stat(1, 'Active devices', {
        about:
          'Devices that hold a key of their own. It falls when devices are blocked, revoked or removed, never by itself.',
        unit: 'short',
        at: above(1),
        runbook: 'fleetnotcounted',
        of: q(`sum(${fleet('otakey_devices{state="active"}')})`, 'active'),
      }),
      stat(2, 'Expected', {
        about: 'Registered devices that have not enrolled yet: on stock, or not switched on.',
        unit: 'short',
        at: notable(1),
        runbook: 'fleetnotcounted',
        of: q(`sum(${fleet('otakey_devices{state="expected"}')})`, 'expected'),
      }),
      stat(3, 'Barred', {
        about:
          'Devices that are blocked or revoked and get no service. Somebody decided that: the audit log says who.',
        unit: 'short',
        at: notable(1),
        runbook: 'fleetnotcounted',
        of: q(`sum(${fleet('otakey_devices{state=~"blocked|revoked"}', 'state')})`, 'barred'),
      }),
      stat(4, 'Keys older than 90 days', {
        about:
          'Share of active devices whose key is older than 90 days. Rotate them by a campaign with --key-older-than.',
        unit: 'percentunit',
        decimals: 1,
        min: 0,
        max: 1,
        at: below(0.05, 0.2),
        runbook: 'keystooold',
        of: q(older('7776000.0'), 'older'),
      }),
      stat(5, 'Not heard for a week', {
        about:
          'Share of active devices that showed no key for a week: switched off, out of reach, or out of service.',
        unit: 'percentunit',
        decimals: 1,
        min: 0,
        max: 1,
        at: below(0.05, 0.2),
        runbook: 'devicessilent',
        of: q(silent('604800.0'), 'silent'),
      }),
      stat(6, 'Asked, not there yet', {
        about:
          'Active devices that are to take a new key or to move, and have not yet. It falls while a campaign runs.',
        unit: 'short',
        at: notable(1),
        runbook: 'campaignstalled',
        of: q(`sum(${fleet('otakey_devices_asked')})`, 'asked'),
      }),
    ),
    row(
      'Devices',
      8,
      series(10, 'Devices by state', {
        about: 'All rows of the registry. A step in `blocked` or `revoked` is an operator or a campaign.',
        unit: 'short',
        min: 0,
        at: notable(1_000_000),
        runbook: 'fleetnotcounted',
        stacked: true,
        colors: {
          '^active$': 'green',
          '^expected$': 'blue',
          '^blocked$': 'orange',
          '^revoked$': 'red',
          '^removed$': 'text',
        },
        of: q(`sum by (state) (${fleet('otakey_devices', 'state')})`, '{{state}}'),
      }),
      bars(11, 'Active devices by product', {
        about: 'The ten largest products. `_other` are those beyond the number that the gateway keeps apart.',
        unit: 'short',
        min: 0,
        at: notable(1_000_000),
        runbook: 'fleetnotcounted',
        of: q(`topk(10, sum by (product) (${fleet('otakey_devices{state="active"}')}))`, '{{product}}'),
      }),
    ),
    row(
      'Keys',
      8,
      series(20, 'Keys taken into use', {
        about:
          'Keys committed per second: first ones, ones in place of an older one, and those of a recovery.',
        unit: 'ops',
        min: 0,
        at: notable(5000),
        runbook: 'enrollmenterrorbudgetburn',
        stacked: true,
        of: q('sum by (kind) (rate(otakey_keys_committed_total[$__rate_interval]))', '{{kind}}'),
      }),
      series(21, 'Age of keys', {
        about:
          'Half of the active devices hold a key younger than the lowest line, all but one in a hundred one younger than the highest.',
        unit: 's',
        min: 0,
        at: below(90 * DAY, 365 * DAY),
        runbook: 'keystooold',
        of: [0.5, 0.9, 0.99].map(share =>
          q(
            `histogram_quantile(${share}, sum by (le) (${fleet('otakey_key_age_devices', 'le')}))`,
            `p${share * 100}`,
          ),
        ),
      }),
      heatmap(22, 'Key ages over time', {
        about:
          'How many active devices have a key of which age. A campaign that rotates moves colour downwards.',
        unit: 's',
        at: below(90 * DAY, 365 * DAY),
        runbook: 'keystooold',
        of: q(`sum by (le) (${fleet('otakey_key_age_devices', 'le')})`, '{{le}}'),
      }),
    ),
    row(
      'Presence',
      8,
      series(30, 'Devices connected', {
        about:
          'Devices that each node can push to. A step down on all nodes is the network, on one of them that node.',
        unit: 'short',
        min: 0,
        at: notable(18_000),
        runbook: 'nodemissing',
        of: q('sum by (instance) (otakey_devices_present)', '{{instance}}'),
      }),
      bars(31, 'Heard within', {
        about:
          'Active devices by when they last showed a key: each bar has those of the bars below it as well.',
        unit: 'short',
        min: 0,
        at: notable(1_000_000),
        runbook: 'devicessilent',
        of: HEARD.map(([le, name]) => q(`sum(${fleet(`otakey_silence_devices{le="${le}"}`)})`, name)),
      }),
      stat(32, 'Waiting for an operator', {
        about:
          'Devices that hold a key and ask to enroll anew, or gave keys up: `otakey admin devices awaiting` lists them.',
        unit: 'short',
        at: below(1, 100),
        runbook: 'devicesawaitapproval',
        of: q('sum by (reason) (max by (cluster, reason) (otakey_devices_awaiting))', '{{reason}}'),
      }),
    ),
    row(
      'Security',
      8,
      series(40, 'Security events', {
        about: `Duplicate devices (the product key was used for a device that has a key), superseded keys, refused
          enrollments, grants given up. A burst of duplicates is a copied product key.`,
        unit: 'ops',
        min: 0,
        at: below(0.1, 1),
        runbook: 'duplicatedeviceburst',
        of: q('sum by (kind) (rate(otakey_security_events_total[$__rate_interval]))', '{{kind}}'),
      }),
      table(41, 'Security events in this time', {
        about: 'The same, by product and reason, over the time that the dashboard shows.',
        unit: 'short',
        decimals: 0,
        at: below(1, 100),
        runbook: 'duplicatedeviceburst',
        columns: { product: 'Product', kind: 'Event', reason: 'Reason', Value: 'Events' },
        of: q(
          'sort_desc(sum by (product, kind, reason) (increase(otakey_security_events_total[$__range])) > 0.5)',
        ),
      }),
    ),
    row(
      'Nodes',
      7,
      table(50, 'Nodes', {
        about:
          'Every gateway that Prometheus scrapes. `Behind` is 1 while its vault is not the one in force, `Held off` while it answers every device ERROR 8.',
        unit: 'short',
        at: below(1),
        runbook: 'nodemissing',
        columns: {
          cluster: 'Cluster',
          instance: 'Node',
          version: 'Version',
          commit: 'Commit',
          'Value #B': 'Up for',
          'Value #C': 'Sees nodes',
          'Value #D': 'Vault behind',
          'Value #E': 'Held off',
        },
        units: { 'Up for': 's', 'Sees nodes': 'none', 'Vault behind': 'none', 'Held off': 'none' },
        of: [
          q('max by (cluster, instance, version, commit) (otakey_build)'),
          q('max by (cluster, instance) (time() - process_start_time_seconds)'),
          q(
            'max by (cluster, instance) (otakey_cluster_nodes)',
            '',
            'nodes without --cluster know of no other',
          ),
          q('max by (cluster, instance) (otakey_vault_behind)'),
          q('max by (cluster, instance) (otakey_held_off)'),
        ],
      }),
    ),
  ],
});
