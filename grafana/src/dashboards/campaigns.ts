import { above, bars, below, dashboard, notable, q, quantiles, row, series, stat, table } from '../build.js';

/** Said by the one node that counts; while two say it, once. */
const count = (state: string) =>
  `sum(max by (cluster, campaign) (otakey_campaign_state{state="${state}"})) or vector(0)`;
const devices = (states: string) =>
  `sum by (campaign) (max by (cluster, campaign, state) (otakey_campaign_devices${states}))`;

export default dashboard({
  uid: 'otakey-campaigns',
  title: 'Campaigns',
  about: 'Rotations, moves and revocations of many devices: how far each is, at which pace, and what fails.',
  from: 'otakey_build',
  rows: [
    row(
      'At a glance',
      4,
      stat(1, 'Running', {
        about: 'Campaigns that ask devices now.',
        unit: 'short',
        at: notable(1),
        runbook: 'campaignstalled',
        of: q(count('running'), 'running'),
      }),
      stat(2, 'Paused', {
        about:
          'Campaigns that somebody, or a stop rule, paused: `campaign watch` says which. They wait for an operator.',
        unit: 'short',
        at: below(1),
        runbook: 'campaignpaused',
        of: q(count('paused'), 'paused'),
      }),
      stat(3, 'Waiting for approval', {
        about: 'Campaigns that a second person has to approve or deny.',
        unit: 'short',
        at: notable(1),
        runbook: 'campaignpaused',
        of: q(count('waiting_for_approval'), 'waiting'),
      }),
      stat(4, 'Notified, not there yet', {
        about:
          'Devices that were asked and have not confirmed. It should rise and fall with each wave; if it stays, devices do not come.',
        unit: 'short',
        at: notable(10_000),
        runbook: 'campaignstalled',
        of: q(
          'sum(max by (cluster, campaign) (otakey_campaign_devices{state="notified"})) or vector(0)',
          'notified',
        ),
      }),
      stat(5, 'Pace kept', {
        about:
          'What campaigns keep of their ordered pace: below 100 % nodes are slow, and devices that ask by themselves go first.',
        unit: 'percentunit',
        min: 0,
        max: 1,
        at: above(0.5, 0.9),
        runbook: 'campaignstalled',
        of: q('min(otakey_campaign_share)', 'pace'),
      }),
      stat(6, 'Failed', {
        about:
          'Share of the devices that came to an end without doing it: gave the key up, were not active, or took too long.',
        unit: 'percentunit',
        decimals: 1,
        min: 0,
        max: 1,
        at: below(0.01, 0.05),
        runbook: 'campaignpaused',
        of: q(
          `sum(max by (cluster, campaign, state) (otakey_campaign_devices{state=~"failed|rejected|timed_out"}))
             / sum(max by (cluster, campaign, state) (otakey_campaign_devices{state!~"queued|notified|canceled"}) > 0)`,
          'failed',
          'no device of a campaign has come to an end yet',
        ),
      }),
    ),
    row(
      'Progress',
      9,
      series(10, 'Devices of all campaigns', {
        about:
          'By how far they are: from `queued` by way of `notified` to `confirmed`. Those that ended within a day are shown, too.',
        unit: 'short',
        min: 0,
        at: notable(1_000_000),
        runbook: 'campaignstalled',
        stacked: true,
        colors: {
          '^queued$': 'text',
          '^notified$': 'blue',
          '^confirmed$': 'green',
          '^(failed|rejected)$': 'red',
          '^(timed_out|canceled)$': 'orange',
        },
        of: q('sum by (state) (max by (cluster, campaign, state) (otakey_campaign_devices))', '{{state}}'),
      }),
      bars(11, 'Confirmed', {
        about: 'Share of the devices of each campaign that have done what was wanted.',
        unit: 'percentunit',
        min: 0,
        max: 1,
        at: above(0.5, 0.95),
        runbook: 'campaignstalled',
        of: q(`${devices('{state="confirmed"}')} / (${devices('')} > 0)`, 'campaign {{campaign}}'),
      }),
    ),
    row(
      'Pace',
      8,
      series(20, 'Devices asked', {
        about:
          'Per second, by the node that runs the campaigns. Zero while one runs: a wave is not finished, or it is stalled.',
        unit: 'ops',
        min: 0,
        at: notable(1000),
        runbook: 'campaignstalled',
        of: q(
          'sum by (instance) (rate(otakey_campaign_devices_asked_total[$__rate_interval]))',
          '{{instance}}',
        ),
      }),
      series(21, 'Keys replaced', {
        about: 'Rotations and moves that devices confirmed, per second, whoever asked for them.',
        unit: 'ops',
        min: 0,
        at: notable(1000),
        runbook: 'campaignstalled',
        of: q(
          'sum by (product) (rate(otakey_keys_committed_total{kind="rotated"}[$__rate_interval]))',
          '{{product}}',
        ),
      }),
      series(22, 'Time to answer ROTATE', {
        about: 'On the node. A move to a platform that logins are written into waits for that platform.',
        unit: 's',
        min: 0,
        at: below(0.5, 5),
        runbook: 'enrollmentlatencybudgetburn',
        of: quantiles('otakey_frames_seconds{type="rotate"}'),
      }),
    ),
    row(
      'Reaching devices',
      8,
      series(30, 'NOTICEs pushed', {
        about:
          '`sent` to devices that are connected; `stale`: gone meanwhile; `left_out`: the queue was full, they hear at their next POLL.',
        unit: 'ops',
        min: 0,
        at: notable(5000),
        runbook: 'campaignstalled',
        of: q('sum by (outcome) (rate(otakey_pushes_total[$__rate_interval]))', '{{outcome}}'),
      }),
      series(31, 'Wait for a push', {
        about: 'How long a NOTICE waited for its turn on its node.',
        unit: 's',
        min: 0,
        at: below(1, 10),
        runbook: 'campaignstalled',
        of: quantiles('otakey_push_wait_seconds').map(one => ({
          ...one,
          empty: 'no device was connected and asked',
        })),
      }),
      series(32, 'Devices told through platforms', {
        about: 'Devices on platforms that pass word on, by platform and outcome.',
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
    ),
    row(
      'Campaigns one by one',
      9,
      table(40, 'Campaigns', {
        about:
          "Unfinished campaigns, and those that ended within a day, by `otakey admin campaign list`'s numbers.",
        unit: 'short',
        decimals: 0,
        at: notable(1),
        runbook: 'campaignstalled',
        columns: {
          campaign: 'Campaign',
          state: 'State',
          'Value #B': 'Devices',
          'Value #C': 'Queued',
          'Value #D': 'Notified',
          'Value #E': 'Confirmed',
          'Value #F': 'Failed',
        },
        of: [
          q('max by (campaign, state) (otakey_campaign_state) == 1'),
          q(devices('')),
          q(devices('{state="queued"}')),
          q(devices('{state="notified"}')),
          q(devices('{state="confirmed"}')),
          q(devices('{state=~"failed|rejected|timed_out"}')),
        ],
      }),
    ),
  ],
});
