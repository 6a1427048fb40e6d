import {
  above,
  bars,
  below,
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

const LATENCY = 'otakey_loadgen_latency_seconds';
const HELP = 'metrics-loadgen.md#when-a-run-looks-wrong';
const ENROLLING = 'only `loadgen enroll` has phases with a start by the clock';
const LIVING = 'only `loadgen live` has devices that stay';

export default dashboard({
  uid: 'otakey-loadgen',
  title: 'loadgen',
  about: 'What virtual devices go through, and whether their generator keeps up: run it with --metrics-port.',
  from: 'otakey_loadgen_devices',
  rows: [
    row(
      'At a glance',
      4,
      stat(1, 'Devices planned', {
        about: 'What all generators together are to switch on.',
        unit: 'short',
        at: notable(100_000),
        runbook: HELP,
        of: q('sum(otakey_loadgen_devices{state="planned"})', 'planned'),
      }),
      stat(2, 'There', {
        about: 'Share of the devices that are where the phase takes them, or at rest.',
        unit: 'percentunit',
        decimals: 1,
        min: 0,
        max: 1,
        at: above(0.5, 0.99),
        runbook: HELP,
        of: q(
          'sum(otakey_loadgen_devices{state="done"}) / sum(otakey_loadgen_devices{state="planned"} > 0)',
          'there',
        ),
      }),
      stat(3, 'p99', {
        about:
          'All but one in a hundred: from the intended start to the end of the phase; of a living fleet from a frame to its answer.',
        unit: 's',
        at: below(0.5, 5),
        runbook: HELP,
        of: q(quantile(0.99, LATENCY), 'p99'),
      }),
      stat(4, 'Outages', {
        about:
          'Probes that found a device without a credential that works, in this time. There should never be one.',
        unit: 'short',
        decimals: 0,
        at: below(1),
        runbook: HELP,
        of: q('sum(increase(otakey_loadgen_events_total{event="outages"}[$__range]))', 'outages'),
      }),
      stat(5, 'Late starts', {
        about:
          'Devices per second that started late since the generator could not keep up: its latencies are its own then.',
        unit: 'ops',
        at: below(1, 50),
        runbook: HELP,
        of: q('sum(rate(otakey_loadgen_starts_late_total{why="generator"}[$__rate_interval]))', 'late'),
      }),
      stat(6, 'CPU of the generator', {
        about: 'Share of all cores that the busiest generator uses, beside whatever else runs there.',
        unit: 'percentunit',
        min: 0,
        max: 1,
        at: below(0.5, 0.8),
        runbook: HELP,
        of: q('max(process_cpu_usage)', 'generator'),
      }),
    ),
    row(
      'Devices',
      8,
      series(10, 'Progress', {
        about: 'Devices of the present phase, or of the living fleet.',
        unit: 'short',
        min: 0,
        at: notable(1_000_000),
        runbook: HELP,
        of: q('sum by (state) (otakey_loadgen_devices)', '{{state}}'),
      }),
      series(11, 'Devices by platform', {
        about:
          'Where the keys of a living fleet are for. A move takes them from one area to the other, none is ever missing.',
        unit: 'short',
        min: 0,
        at: notable(1_000_000),
        runbook: HELP,
        stacked: true,
        of: q('sum by (platform) (otakey_loadgen_devices_at)', '{{platform}}', LIVING),
      }),
      series(12, 'What devices go through', {
        about: 'Per second: enrolled, rotated, moved, polled, logged in.',
        unit: 'ops',
        min: 0,
        at: notable(5000),
        runbook: HELP,
        of: q(
          'sum by (event) (rate(otakey_loadgen_events_total{event=~"enrolled|rotations|moves|polls|logins"}[$__rate_interval]))',
          '{{event}}',
        ),
      }),
    ),
    row(
      'Latency',
      8,
      series(20, 'Latency', {
        about: 'As devices see it, network and generator included.',
        unit: 's',
        min: 0,
        at: below(0.5, 5),
        runbook: HELP,
        of: quantiles(LATENCY),
      }),
      heatmap(21, 'Latency over time', {
        about: 'The same, per second and duration.',
        unit: 's',
        at: below(0.5, 5),
        runbook: HELP,
        of: q('sum by (le) (rate(otakey_loadgen_latency_seconds_bucket[$__rate_interval]))', '{{le}}'),
      }),
      bars(22, 'p99 by what', {
        about:
          "`enroll`, `rotate`, `prove`: a device's way through the phase; `frame`: a frame and its answer.",
        unit: 's',
        min: 0,
        at: below(0.5, 5),
        runbook: HELP,
        of: q(quantile(0.99, LATENCY, ['of']), '{{of}}'),
      }),
    ),
    row(
      'What goes wrong',
      8,
      series(30, 'Frames that came to nothing', {
        about: 'ERRORs by code, and connections lost. Devices try again.',
        unit: 'ops',
        min: 0,
        at: below(1, 100),
        runbook: HELP,
        of: q(
          'sum by (reason) (rate(otakey_loadgen_failures_total[$__rate_interval]))',
          '{{reason}}',
          'no frame came to nothing',
        ),
      }),
      series(31, 'What should not happen to a living fleet', {
        about: 'Grants given up, ERRORs, logins refused or not answered, sessions lost.',
        unit: 'ops',
        min: 0,
        at: below(1, 100),
        runbook: HELP,
        of: q(
          'sum by (event) (rate(otakey_loadgen_events_total{event=~"abandons|errors|logins_refused|logins_unanswered|sessions_lost|outages"}[$__rate_interval]))',
          '{{event}}',
          LIVING,
        ),
      }),
      series(32, 'Late starts', {
        about: '`generator`: it could not; `held`: too many devices were under way (--in-flight).',
        unit: 'ops',
        min: 0,
        at: below(1, 50),
        runbook: HELP,
        of: q(
          'sum by (why) (rate(otakey_loadgen_starts_late_total[$__rate_interval]))',
          '{{why}}',
          ENROLLING,
        ),
      }),
    ),
    row(
      'Generator',
      8,
      series(40, 'CPU', {
        about: 'Cores in use by each generator.',
        unit: 'none',
        decimals: 2,
        min: 0,
        at: notable(2),
        runbook: HELP,
        of: q('max by (instance) (process_cpu_usage * system_cpu_count)', '{{instance}}'),
      }),
      series(41, 'Heap', {
        about: 'Used by each generator.',
        unit: 'bytes',
        min: 0,
        at: notable(2 * 2 ** 30),
        runbook: HELP,
        of: q('sum by (instance) (jvm_memory_used_bytes{area="heap"})', '{{instance}}'),
      }),
      series(42, 'Frames sent', {
        about: 'By generators of `loadgen enroll`.',
        unit: 'reqps',
        min: 0,
        at: notable(20_000),
        runbook: HELP,
        of: q(
          'sum by (instance) (rate(otakey_loadgen_frames_total[$__rate_interval]))',
          '{{instance}}',
          ENROLLING,
        ),
      }),
    ),
  ],
});
