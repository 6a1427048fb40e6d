import { bars, below, dashboard, heatmap, notable, q, quantile, row, series, stat, table } from '../build.js';

const debt = 'max by (cluster, platform) (otakey_platform_debt)';
const WRITTEN = 'no platform that logins are written into';

export default dashboard({
  uid: 'otakey-platforms',
  title: 'Platforms',
  about:
    'Where devices go with their keys: logins that platforms ask about, logins that are written into them, what is owed, and webhooks.',
  from: 'otakey_build',
  rows: [
    row(
      'At a glance',
      4,
      stat(1, 'Logins asked about', {
        about: 'Logins of devices that platforms asked the gateways about, per second.',
        unit: 'ops',
        decimals: 1,
        at: notable(5000),
        runbook: 'enrollmenterrorbudgetburn',
        of: q('sum(rate(otakey_platform_logins_total[$__rate_interval]))', 'logins'),
      }),
      stat(2, 'Logins refused', {
        about:
          'Share of these that were refused. Some are usual after a rotation: an old login that is tried once more.',
        unit: 'percentunit',
        decimals: 1,
        min: 0,
        at: below(0.05, 0.25),
        runbook: 'stalekeyused',
        of: q(
          '(sum(rate(otakey_platform_logins_total{outcome=~"refused|other_client"}[$__rate_interval])) or vector(0)) / sum(rate(otakey_platform_logins_total[$__rate_interval]))',
          'refused',
        ),
      }),
      stat(3, 'Owed to platforms', {
        about:
          'Logins that are to be written to platforms, or taken from them. It falls to zero by itself while a platform answers.',
        unit: 'short',
        at: below(1000, 10_000),
        runbook: 'platformdebtold',
        of: q(`sum(${debt})`, 'logins', WRITTEN),
      }),
      stat(4, 'Oldest debt', {
        about: 'How long the oldest of these has been owed.',
        unit: 's',
        at: below(60, 600),
        runbook: 'platformdebtold',
        of: q('max(otakey_platform_debt_age_seconds)', 'age', WRITTEN),
      }),
      stat(5, 'Left alone', {
        about: 'Platforms that some node does not call for now, since they failed. It tries again by itself.',
        unit: 'short',
        at: below(1),
        runbook: 'platformaway',
        of: q('sum(max by (cluster, platform) (otakey_platform_away))', 'platforms', WRITTEN),
      }),
      stat(6, 'Webhooks paused', {
        about: 'Webhooks that failed for a day and wait for `otakey admin webhook resume`.',
        unit: 'short',
        at: below(1),
        runbook: 'webhookpaused',
        of: q('sum(max by (cluster) (otakey_webhooks{state="paused"}))', 'webhooks'),
      }),
    ),
    row(
      'Platforms that ask',
      8,
      series(10, 'Questions about logins', {
        about:
          '`allowed`; `refused`: not the secret in force; `other_client`: the right secret under another client id; `unavailable`: the database is away.',
        unit: 'ops',
        min: 0,
        at: notable(5000),
        runbook: 'stalekeyused',
        stacked: true,
        colors: {
          '^allowed$': 'green',
          '^refused$': 'orange',
          '^other_client$': 'purple',
          '^unavailable$': 'red',
        },
        of: q('sum by (outcome) (rate(otakey_platform_logins_total[$__rate_interval]))', '{{outcome}}'),
      }),
      series(11, 'Questions by node', {
        about: 'The same, by the node that was asked. A platform should ask all of them in turn.',
        unit: 'ops',
        min: 0,
        at: notable(5000),
        runbook: 'nodemissing',
        of: q('sum by (instance) (rate(otakey_platform_logins_total[$__rate_interval]))', '{{instance}}'),
      }),
    ),
    row(
      'Platforms that are written into',
      8,
      series(20, 'Debt', {
        about:
          'Logins owed to each platform. A move raises it; it falls as fast as the platform takes logins.',
        unit: 'short',
        min: 0,
        at: below(1000, 10_000),
        runbook: 'platformdebtold',
        of: q(`sum by (platform) (${debt})`, '{{platform}}', WRITTEN),
      }),
      series(21, 'Age of the debt', {
        about: 'How long the oldest login has been owed to each platform.',
        unit: 's',
        min: 0,
        at: below(60, 600),
        runbook: 'platformdebtold',
        of: q('max by (platform) (otakey_platform_debt_age_seconds)', '{{platform}}', WRITTEN),
      }),
      bars(22, 'Calls under way', {
        about:
          'Of the calls that a node makes to a platform at once at most, how many are under way. At 100 % others wait.',
        unit: 'percentunit',
        min: 0,
        max: 1,
        at: below(0.8, 1),
        runbook: 'platformslow',
        of: q(
          'max by (platform) (otakey_platform_calls_running / otakey_platform_calls_limit)',
          '{{platform}}',
          WRITTEN,
        ),
      }),
    ),
    row(
      'Calls',
      8,
      series(30, 'Calls', {
        about:
          '`prepare` makes a login before its key is granted, `retire` takes the old one away, `roll_back` one that was given up.',
        unit: 'ops',
        min: 0,
        at: notable(1000),
        runbook: 'platformslow',
        of: q(
          'sum by (platform, operation) (rate(otakey_platform_calls_seconds_count[$__rate_interval]))',
          '{{platform}}: {{operation}}',
          WRITTEN,
        ),
      }),
      series(31, 'Calls that failed', {
        about:
          'Share of the calls to each platform that were answered with an error, too late, or not at all.',
        unit: 'percentunit',
        min: 0,
        at: below(0.01, 0.1),
        runbook: 'platformaway',
        of: q(
          `(sum by (platform) (rate(otakey_platform_calls_seconds_count{outcome="failed"}[$__rate_interval]))
             or 0 * sum by (platform) (rate(otakey_platform_calls_seconds_count[$__rate_interval])))
             / sum by (platform) (rate(otakey_platform_calls_seconds_count[$__rate_interval]))`,
          '{{platform}}',
          WRITTEN,
        ),
      }),
      series(32, 'Time of a call, p99', {
        about:
          'All but one in a hundred calls to each platform are answered within this time. A device that moves there waits as long for its grant.',
        unit: 's',
        min: 0,
        at: below(0.5, 5),
        runbook: 'platformslow',
        of: q(quantile(0.99, 'otakey_platform_calls_seconds', ['platform']), '{{platform}}', WRITTEN),
      }),
      heatmap(33, 'Time of calls', {
        about: 'Calls per second to all platforms, by duration.',
        unit: 's',
        at: below(0.5, 5),
        runbook: 'platformslow',
        of: q(
          'sum by (le) (rate(otakey_platform_calls_seconds_bucket[$__rate_interval]))',
          '{{le}}',
          WRITTEN,
        ),
      }),
    ),
    row(
      'Word through platforms, and webhooks',
      8,
      series(40, 'Devices told through their platform', {
        about:
          'That something waits for them. `left_out`: too many wait to be told; they hear at their next POLL.',
        unit: 'ops',
        min: 0,
        at: notable(1000),
        runbook: 'platformaway',
        of: q(
          'sum by (platform, outcome) (rate(otakey_platform_notices_total[$__rate_interval]))',
          '{{platform}}: {{outcome}}',
          'no platform that passes word on',
        ),
      }),
      series(41, 'Webhook deliveries', {
        about:
          'Requests per second, by webhook and outcome. A webhook that fails is tried again, more and more seldom.',
        unit: 'ops',
        min: 0,
        at: notable(100),
        runbook: 'webhookfailing',
        of: q(
          'sum by (webhook, outcome) (rate(otakey_webhook_deliveries_seconds_count[$__rate_interval]))',
          '{{webhook}}: {{outcome}}',
        ),
      }),
      series(42, 'Time of a delivery, p99', {
        about: 'How long a receiver takes to answer.',
        unit: 's',
        min: 0,
        at: below(1, 10),
        runbook: 'webhookfailing',
        of: q(quantile(0.99, 'otakey_webhook_deliveries_seconds', ['webhook']), '{{webhook}}'),
      }),
      table(43, 'Webhooks', {
        about: 'How many are how: delivering, failing for now, or paused.',
        unit: 'short',
        decimals: 0,
        at: notable(1),
        runbook: 'webhookpaused',
        columns: { state: 'State', Value: 'Webhooks' },
        of: q('max by (state) (otakey_webhooks)'),
      }),
    ),
  ],
});
