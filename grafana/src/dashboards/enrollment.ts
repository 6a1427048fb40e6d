import {
  above,
  below,
  bars,
  dashboard,
  heatmap,
  notable,
  q,
  quantile,
  quantiles,
  row,
  series,
  stat,
} from '../build.js';

const ENROLL = 'otakey_frames_seconds{type="enroll"}';
const CONFIRM = 'otakey_frames_seconds{type="confirm"}';

/** As alerts have it: of the frames that are right, what was not served. */
const good = (type: string) => {
  const answered = (outcomes: string) =>
    `sum(rate(otakey_frames_seconds_count{type="${type}", outcome=~"${outcomes}"}[$__rate_interval]))`;
  return `1 - (${answered('busy|internal')} or vector(0)) / ${answered('grant|grant_repeated|ack|busy|internal')}`;
};

export default dashboard({
  uid: 'otakey-enrollment',
  title: 'Enrollment',
  about:
    'How devices come to their first key: rate, errors and duration of ENROLL and CONFIRM, and who is turned away why.',
  from: 'otakey_build',
  rows: [
    row(
      'At a glance',
      4,
      stat(1, 'Enrolled per second', {
        about: 'First keys that devices took into use. Zero is usual where no factory line runs.',
        unit: 'ops',
        decimals: 1,
        at: notable(1000),
        runbook: 'enrollmenterrorbudgetburn',
        of: q('sum(rate(otakey_keys_committed_total{kind="enrolled"}[$__rate_interval]))', 'enrolled'),
      }),
      stat(2, 'ENROLLs served', {
        about:
          'Of the ENROLLs that are right, the share that was not answered busy or internal error: 99.9 % over a month are promised.',
        unit: 'percentunit',
        decimals: 2,
        max: 1,
        at: above(0.99, 0.999),
        runbook: 'enrollmenterrorbudgetburn',
        of: q(good('enroll'), 'served'),
      }),
      stat(3, 'CONFIRMs served', {
        about: 'The same of CONFIRMs, without which a granted key is not used.',
        unit: 'percentunit',
        decimals: 2,
        max: 1,
        at: above(0.99, 0.999),
        runbook: 'enrollmenterrorbudgetburn',
        of: q(good('confirm'), 'served'),
      }),
      stat(4, 'ENROLL, p99', {
        about:
          'All but one in a hundred ENROLLs are answered within this time. Most of it is curve work and the queue before it.',
        unit: 's',
        at: below(0.1, 0.25),
        runbook: 'enrollmentlatencybudgetburn',
        of: q(quantile(0.99, ENROLL), 'p99'),
      }),
      stat(5, 'CONFIRM, p99', {
        about: 'All but one in a hundred CONFIRMs are on disk and acknowledged within this time.',
        unit: 's',
        at: below(0.1, 0.25),
        runbook: 'enrollmentlatencybudgetburn',
        of: q(quantile(0.99, CONFIRM), 'p99'),
      }),
      stat(6, 'Grants outstanding', {
        about:
          'Grants that nodes keep to answer repeated frames with: of the last minutes, confirmed or not.',
        unit: 'short',
        at: notable(100_000),
        runbook: 'resourcenearlimit',
        of: q('sum(otakey_resource_used{resource="grants_remembered"})', 'grants'),
      }),
    ),
    row(
      'ENROLL',
      8,
      series(10, 'Answers to ENROLL', {
        about:
          'Per second, by answer. `grant` is a new key, `grant_repeated` the same one for a repeated frame.',
        unit: 'reqps',
        min: 0,
        at: notable(5000),
        runbook: 'enrollmenterrorbudgetburn',
        stacked: true,
        of: q(
          'sum by (outcome) (rate(otakey_frames_seconds_count{type="enroll"}[$__rate_interval]))',
          '{{outcome}}',
        ),
      }),
      series(11, 'Time to answer ENROLL', {
        about: 'From the whole frame received to the answer handed over, on the node.',
        unit: 's',
        min: 0,
        at: below(0.1, 0.25),
        runbook: 'enrollmentlatencybudgetburn',
        of: quantiles(ENROLL),
      }),
      heatmap(12, 'ENROLL: where the time goes', {
        about:
          'ENROLLs per second by duration. Two bands are two causes: warm and cold, or served and queued.',
        unit: 's',
        at: below(0.1, 0.25),
        runbook: 'enrollmentlatencybudgetburn',
        of: q('sum by (le) (rate(otakey_frames_seconds_bucket{type="enroll"}[$__rate_interval]))', '{{le}}'),
      }),
    ),
    row(
      'CONFIRM',
      8,
      series(20, 'Answers to CONFIRM', {
        about: 'Per second, by answer. `ack`: the key is committed, durably.',
        unit: 'reqps',
        min: 0,
        at: notable(5000),
        runbook: 'enrollmenterrorbudgetburn',
        stacked: true,
        of: q(
          'sum by (outcome) (rate(otakey_frames_seconds_count{type="confirm"}[$__rate_interval]))',
          '{{outcome}}',
        ),
      }),
      series(21, 'Time to answer CONFIRM', {
        about: 'It waits for a batch, the database and, with `journal.sync: ack`, the journal.',
        unit: 's',
        min: 0,
        at: below(0.1, 0.25),
        runbook: 'commitslow',
        of: quantiles(CONFIRM),
      }),
      heatmap(22, 'CONFIRM: where the time goes', {
        about: 'CONFIRMs per second by duration.',
        unit: 's',
        at: below(0.1, 0.25),
        runbook: 'commitslow',
        of: q('sum by (le) (rate(otakey_frames_seconds_bucket{type="confirm"}[$__rate_interval]))', '{{le}}'),
      }),
    ),
    row(
      'Turned away',
      8,
      series(30, 'Frames refused, by answer', {
        about: `Frames of any type that were answered ERROR, per second. \`not_recognised\`: no key of ours made it: another
          product, an old image, or somebody who tries.`,
        unit: 'reqps',
        min: 0,
        at: below(1, 100),
        runbook: 'enrollmentsrefused',
        stacked: true,
        of: q(
          'sum by (outcome) (rate(otakey_frames_seconds_count{outcome!~"grant|grant_repeated|ack|notice"}[$__rate_interval]))',
          '{{outcome}}',
        ),
      }),
      series(31, 'Enrollments refused, by reason', {
        about:
          'Devices with the right product key that the policy of their product does not admit: registered, in the window, within the quota?',
        unit: 'ops',
        min: 0,
        at: below(0.1, 0.25),
        runbook: 'enrollmentsrefused',
        of: q(
          'sum by (product, reason) (rate(otakey_security_events_total{kind="refused"}[$__rate_interval]))',
          '{{product}}: {{reason}}',
        ),
      }),
      bars(32, 'Quota used', {
        about: 'Of products that have a quota: how much of it is spent. At 100 % nobody enrolls any more.',
        unit: 'percentunit',
        min: 0,
        max: 1,
        at: below(0.8, 0.95),
        runbook: 'quotanearlyspent',
        of: q(
          'max by (product) (otakey_product_quota_used) / max by (product) (otakey_product_quota)',
          '{{product}}',
        ),
      }),
    ),
    row(
      'All frames',
      8,
      series(40, 'Frames by type', {
        about: 'Everything that devices ask, per second.',
        unit: 'reqps',
        min: 0,
        at: notable(10_000),
        runbook: 'enrollmenterrorbudgetburn',
        stacked: true,
        of: q('sum by (type) (rate(otakey_frames_seconds_count[$__rate_interval]))', '{{type}}'),
      }),
      series(41, 'Frames by transport', {
        about: 'The same, by the listener that they came by.',
        unit: 'reqps',
        min: 0,
        at: notable(10_000),
        runbook: 'enrollmenterrorbudgetburn',
        stacked: true,
        of: q('sum by (transport) (rate(otakey_frames_seconds_count[$__rate_interval]))', '{{transport}}'),
      }),
      series(42, 'Connections turned away', {
        about:
          'Connections refused, or closed for want of a frame, and frames above the limit of a source, by reason.',
        unit: 'ops',
        min: 0,
        at: below(1, 100),
        runbook: 'resourcerefused',
        of: q('sum by (reason) (rate(otakey_connections_refused_total[$__rate_interval]))', '{{reason}}'),
      }),
    ),
  ],
});
