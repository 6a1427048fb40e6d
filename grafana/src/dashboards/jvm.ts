import { bars, below, dashboard, notable, q, quantile, row, series, stat } from '../build.js';

const heap =
  'sum by (instance) (jvm_memory_used_bytes{area="heap"}) / sum by (instance) (jvm_memory_max_bytes{area="heap"} > 0)';

export default dashboard({
  uid: 'otakey-jvm',
  title: 'JVM',
  about: 'The process under each gateway: memory, collections, threads, files.',
  from: 'otakey_build',
  rows: [
    row(
      'At a glance',
      4,
      stat(1, 'Heap in use', {
        about:
          'Of the process that has used up most of its heap, garbage included: it rises and falls like saw teeth.',
        unit: 'percentunit',
        min: 0,
        max: 1,
        at: below(0.85, 0.95),
        runbook: 'heapnearlimit',
        of: q(`max(${heap})`, 'heap'),
      }),
      stat(2, 'Live data', {
        about: 'Of the heap, after the last full collection: what is really needed.',
        unit: 'percentunit',
        min: 0,
        max: 1,
        at: below(0.6, 0.8),
        runbook: 'heapnearlimit',
        of: q('max(jvm_gc_live_data_size_bytes / (jvm_gc_max_data_size_bytes > 0))', 'live'),
      }),
      stat(3, 'Paused', {
        about: 'Share of the time that collections stopped the busiest process.',
        unit: 'percentunit',
        decimals: 2,
        min: 0,
        at: below(0.02, 0.1),
        runbook: 'heapnearlimit',
        of: q('max(sum by (instance) (rate(jvm_gc_pause_seconds_sum[$__rate_interval])))', 'paused'),
      }),
      stat(4, 'Longest pause', {
        about: 'The longest collection of the last minutes.',
        unit: 's',
        at: below(0.1, 1),
        runbook: 'heapnearlimit',
        of: q('max(jvm_gc_pause_seconds_max)', 'longest'),
      }),
      stat(5, 'Open files', {
        about: 'Share of the files that the process may open; every connection is one.',
        unit: 'percentunit',
        decimals: 1,
        min: 0,
        max: 1,
        at: below(0.7, 0.9),
        runbook: 'filesnearlimit',
        of: q('max(process_files_open_files / process_files_max_files)', 'files'),
      }),
      stat(6, 'Up for', {
        about: 'Since the start of the youngest process.',
        unit: 's',
        at: notable(30 * 86_400),
        runbook: 'noderestarts',
        of: q('min(time() - process_start_time_seconds)', 'youngest'),
      }),
    ),
    row(
      'Memory',
      8,
      series(10, 'Heap', {
        about: 'Used by each process, and the most that it may use (-Xmx).',
        unit: 'bytes',
        min: 0,
        at: notable(8 * 2 ** 30),
        runbook: 'heapnearlimit',
        of: [
          q('sum by (instance) (jvm_memory_used_bytes{area="heap"})', '{{instance}} used'),
          q('sum by (instance) (jvm_memory_max_bytes{area="heap"} > 0)', '{{instance}} limit'),
        ],
      }),
      series(11, 'Outside of the heap', {
        about: 'Code and class metadata, and the buffers of sockets (`direct`), of all processes.',
        unit: 'bytes',
        min: 0,
        at: notable(2 ** 30),
        runbook: 'heapnearlimit',
        stacked: true,
        of: [
          q('sum by (id) (jvm_memory_used_bytes{area="nonheap"})', '{{id}}'),
          q('sum by (id) (jvm_buffer_memory_used_bytes)', '{{id}} buffers'),
        ],
      }),
      series(12, 'Allocated', {
        about: 'Bytes of new objects per second.',
        unit: 'Bps',
        min: 0,
        at: notable(2 ** 30),
        runbook: 'heapnearlimit',
        of: q(
          'sum by (instance) (rate(jvm_gc_memory_allocated_bytes_total[$__rate_interval]))',
          '{{instance}}',
        ),
      }),
    ),
    row(
      'Collections',
      8,
      series(20, 'Time in collections', {
        about: 'Share of the time that each process stood still, by what was collected.',
        unit: 'percentunit',
        min: 0,
        at: below(0.02, 0.1),
        runbook: 'heapnearlimit',
        of: q(
          'sum by (instance, action) (rate(jvm_gc_pause_seconds_sum[$__rate_interval]))',
          '{{instance}}: {{action}}',
        ),
      }),
      series(21, 'Longest pause', {
        about: 'Of the last minutes, by cause.',
        unit: 's',
        min: 0,
        at: below(0.1, 1),
        runbook: 'heapnearlimit',
        of: q('max by (cause) (jvm_gc_pause_seconds_max)', '{{cause}}'),
      }),
      series(22, 'Event loops late, p99', {
        about: 'What pauses, and too few cores, cost each frame.',
        unit: 's',
        min: 0,
        at: below(0.05, 0.5),
        runbook: 'eventlooplag',
        of: q(quantile(0.99, 'otakey_event_loop_lag_seconds', ['instance']), '{{instance}}'),
      }),
    ),
    row(
      'Process',
      8,
      series(30, 'CPU', {
        about: 'Cores in use by each process.',
        unit: 'none',
        decimals: 2,
        min: 0,
        at: notable(8),
        runbook: 'eventlooplag',
        of: q('max by (instance) (process_cpu_usage * system_cpu_count)', '{{instance}}'),
      }),
      bars(31, 'Threads by state', {
        about:
          "Of all processes. The gateway has a fixed number: two event loops, workers, the journal's one, the cluster's.",
        unit: 'short',
        min: 0,
        at: below(200, 500),
        runbook: 'resourcenearlimit',
        of: q('sum by (state) (jvm_threads_states_threads)', '{{state}}'),
      }),
      series(32, 'Files', {
        about: 'Open files of each process, connections included.',
        unit: 'short',
        min: 0,
        at: below(15_000, 19_000),
        runbook: 'filesnearlimit',
        of: q('max by (instance) (process_files_open_files)', '{{instance}}'),
      }),
    ),
  ],
});
