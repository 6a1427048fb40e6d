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

const WRITE = 'otakey_batch_execute_seconds{batch=~"write|counted"}';
const GB = 2 ** 30;

/** Said of the one database by the node that counts. */
const told = (metric: string, ...by: string[]) => `max by (${['cluster', ...by].join(', ')}) (${metric})`;

export default dashboard({
  uid: 'otakey-database',
  title: 'Database',
  about:
    'PostgreSQL as the gateways see it: how long a commit takes, how full the pools are, how the server keeps itself; and the journal.',
  from: 'otakey_build',
  rows: [
    row(
      'At a glance',
      4,
      stat(1, 'Commit, p99', {
        about:
          'All but one in a hundred batches of decisions are durable within this time. A slow disk shows here first.',
        unit: 's',
        at: below(0.1, 1),
        runbook: 'commitslow',
        of: q(quantile(0.99, WRITE), 'p99'),
      }),
      stat(2, 'Decisions', {
        about: 'Rows written per second in batches.',
        unit: 'ops',
        decimals: 1,
        at: notable(10_000),
        runbook: 'commitslow',
        of: q('sum(rate(otakey_batch_size_sum{batch=~"write|counted"}[$__rate_interval]))', 'rows'),
      }),
      stat(3, 'Size', {
        about: 'Of the database, indexes included: about 1 GB for two million devices that rotate.',
        unit: 'bytes',
        at: notable(100 * GB),
        runbook: 'diskfilling',
        of: q(`sum(${told('otakey_database_size_bytes')})`, 'size'),
      }),
      stat(4, 'Connections', {
        about: 'Share of the connections that the server allows which are in use, by anybody.',
        unit: 'percentunit',
        min: 0,
        max: 1,
        at: below(0.7, 0.9),
        runbook: 'databaseconnectionsnearlimit',
        of: q(
          `max(${told('otakey_database_connections')} / ${told('otakey_database_connections_limit')})`,
          'used',
        ),
      }),
      stat(5, 'Found in cache', {
        about:
          'Share of the blocks that the server found in its own cache. Below 99 % more memory for shared_buffers helps.',
        unit: 'percentunit',
        decimals: 2,
        max: 1,
        at: above(0.95, 0.99),
        runbook: 'commitslow',
        of: q(`min(${told('otakey_database_cache_hits')})`, 'hits'),
      }),
      stat(6, 'Transaction ids used', {
        about:
          'Share of the two billion transactions before the server stops to protect its rows. Autovacuum keeps it low.',
        unit: 'percentunit',
        decimals: 1,
        min: 0,
        max: 1,
        at: below(0.25, 0.5),
        runbook: 'databasewraparound',
        of: q(`max(${told('otakey_database_transaction_age')}) / 2e9`, 'used'),
      }),
    ),
    row(
      'Commits',
      8,
      series(10, 'Time of a batch of decisions', {
        about: 'From the statement to its durable commit.',
        unit: 's',
        min: 0,
        at: below(0.1, 1),
        runbook: 'commitslow',
        of: quantiles(WRITE),
      }),
      heatmap(11, 'Batches by duration', {
        about:
          'Batches of decisions per second by duration. A second band above the first one is a disk that now and then stalls.',
        unit: 's',
        at: below(0.1, 1),
        runbook: 'commitslow',
        of: q(
          'sum by (le) (rate(otakey_batch_execute_seconds_bucket{batch=~"write|counted"}[$__rate_interval]))',
          '{{le}}',
        ),
      }),
      series(12, 'Time of a batch, p99, by kind', {
        about:
          '`read`: POLLs, ROTATEs and logins; `enroll`; `write`; `counted`: writes of products with a quota; `journal`.',
        unit: 's',
        min: 0,
        at: below(0.1, 1),
        runbook: 'commitslow',
        of: q(quantile(0.99, 'otakey_batch_execute_seconds', ['batch']), '{{batch}}'),
      }),
    ),
    row(
      'Batches',
      8,
      series(20, 'Inputs of a batch', {
        about:
          'How many on average share a commit. It grows with load: that is what keeps the database from being the limit.',
        unit: 'short',
        min: 0,
        at: notable(1000),
        runbook: 'commitslow',
        of: q(
          'sum by (batch) (rate(otakey_batch_size_sum[$__rate_interval])) / sum by (batch) (rate(otakey_batch_size_count[$__rate_interval]))',
          '{{batch}}',
        ),
      }),
      series(21, 'Waiting for a batch', {
        about: 'Inputs that wait, of all nodes. Above half of the limit what is too old is refused.',
        unit: 'short',
        min: 0,
        at: below(5000, 15_000),
        runbook: 'resourcenearlimit',
        of: q('sum by (resource) (otakey_resource_used{resource=~"batch_.*"})', '{{resource}}'),
      }),
      series(22, 'Connections of the gateways', {
        about:
          'Of the pools `database_hot` (frames) and `database_admin` (everything else): in use, on the busiest node.',
        unit: 'percentunit',
        min: 0,
        max: 1,
        at: below(0.8, 1),
        runbook: 'databasepoolwaits',
        of: q(
          'max by (resource) (otakey_resource_used{resource=~"database_.*"} / otakey_resource_limit{resource=~"database_.*"})',
          '{{resource}}',
        ),
      }),
    ),
    row(
      'Server',
      8,
      series(30, 'Write-ahead log', {
        about: 'Bytes per second. It is what replication and backups have to carry.',
        unit: 'Bps',
        min: 0,
        at: notable(50 * 2 ** 20),
        runbook: 'diskfilling',
        of: q('max by (cluster) (deriv(otakey_database_wal_bytes[$__rate_interval]))', '{{cluster}}'),
      }),
      bars(31, 'Rows', {
        about: 'Of the large tables, as the server estimates.',
        unit: 'short',
        min: 0,
        at: notable(10_000_000),
        runbook: 'diskfilling',
        of: q(`sum by (table) (${told('otakey_database_rows', 'table')})`, '{{table}}'),
      }),
      series(32, 'Dead rows', {
        about:
          'Share of a table that vacuum has to take away. It rises with each campaign and falls with each vacuum.',
        unit: 'percentunit',
        min: 0,
        at: below(0.5, 1),
        runbook: 'databasedeadrows',
        of: q(
          `max by (table) (${told('otakey_database_dead_rows', 'table')} / (${told('otakey_database_rows', 'table')} > 0))`,
          '{{table}}',
          'the server has not counted its tables yet',
        ),
      }),
      series(33, 'Oldest transaction', {
        about:
          'Age of the oldest open transaction of the gateways. Events are read up to it: a long one holds back webhooks and campaigns.',
        unit: 's',
        min: 0,
        at: below(10, 60),
        runbook: 'databasetransactionold',
        of: q('max by (cluster) (otakey_database_oldest_transaction_seconds)', '{{cluster}}'),
      }),
    ),
    row(
      'Journal, and what may be lost',
      8,
      series(40, 'Time of a write of the journal', {
        about: 'With the sync where an acknowledgement waits for it.',
        unit: 's',
        min: 0,
        at: below(0.05, 0.5),
        runbook: 'journalslow',
        of: quantiles('otakey_journal_writes_seconds'),
      }),
      series(41, 'Observations dropped', {
        about:
          'Times at which devices were seen that were not stored: too many wait, or the database is away. Nothing else is ever dropped.',
        unit: 'ops',
        min: 0,
        at: below(0.1, 100),
        runbook: 'observationsdropped',
        of: q(
          'sum by (instance) (rate(otakey_observations_dropped_total[$__rate_interval]))',
          '{{instance}}',
        ),
      }),
      series(42, 'Time to count the fleet', {
        about: 'How long the one node that counts takes for what the Fleet dashboard shows.',
        unit: 's',
        min: 0,
        at: below(5, 30),
        runbook: 'fleetnotcounted',
        of: q('max by (cluster) (otakey_census_duration_seconds)', '{{cluster}}'),
      }),
    ),
  ],
});
