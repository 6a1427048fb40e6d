package io.otakey.gateway.registry.pg;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.otakey.gateway.metric.Metric;
import io.otakey.gateway.metric.Resource;
import io.otakey.gateway.registry.AwaitingDevice;
import io.otakey.gateway.registry.Observation;
import io.otakey.protocol.wire.DeviceRef;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.sqlclient.Pool;
import io.vertx.sqlclient.Tuple;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Queue;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Observations and requests for an operator, written about once a second. Bounded: beyond {@link
 * #MAX_WAITING} of either, and when the database is away, they are dropped and counted.
 */
final class WriteBehind {
  static final int MAX_WAITING = 50_000;

  private static final Logger log = LoggerFactory.getLogger(WriteBehind.class);
  private static final long EVERY_MS = 1000;
  private static final int CHUNK = 1000;

  /** A device seen within the last minute is not written again for that alone. */
  private static final String OBSERVE =
      """
      update device d set last_seen = now(), firmware = coalesce(o.firmware, d.firmware),
        last_error = coalesce(o.last_error, d.last_error)
      from unnest($1::text[], $2::text[], $3::text[], $4::int8[])
        as o(product_id, device_id, firmware, last_error)
      where d.product_id = o.product_id and d.device_id = o.device_id
        and (d.last_seen is null or d.last_seen < now() - interval '1 minute'
          or d.firmware is distinct from coalesce(o.firmware, d.firmware)
          or d.last_error is distinct from coalesce(o.last_error, d.last_error))
      """;

  private static final String AWAIT =
      """
      insert into awaiting as a (product_id, device_id, reason, first_asked, last_asked, count)
      select r.product_id, r.device_id, r.reason, now(), now(), r.count
      from unnest($1::text[], $2::text[], $3::int2[], $4::int8[])
        as r(product_id, device_id, reason, count)
      on conflict (product_id, reason, device_id) do update
        set last_asked = now(), count = a.count + excluded.count
      """;

  private static final Comparator<Request> BY_KEY =
      Comparator.comparing((Request request) -> request.ref.productId())
          .thenComparing(request -> Codes.of(request.reason))
          .thenComparing(request -> request.ref.deviceId());

  private record Observed(DeviceRef ref, Observation observation) {}

  private record Request(DeviceRef ref, AwaitingDevice.Reason reason) {}

  private final Vertx vertx;
  private final Pool pool;
  private final Counter dropped;
  private final Counter observationsFull;
  private final Counter approvalsFull;
  private final Queue<Observed> observations = new ConcurrentLinkedQueue<>();
  private final AtomicInteger observed = new AtomicInteger();
  private final Map<Request, Long> requests = new ConcurrentHashMap<>();
  private final AtomicBoolean flushing = new AtomicBoolean();
  private final long timer;

  WriteBehind(Vertx vertx, Pool pool, MeterRegistry meters) {
    this.vertx = vertx;
    this.pool = pool;
    this.observationsFull = Resource.OBSERVATIONS.refused(meters);
    this.approvalsFull = Resource.APPROVALS.refused(meters);
    Resource.OBSERVATIONS.show(meters, observed, AtomicInteger::get, MAX_WAITING);
    Resource.APPROVALS.show(meters, requests, Map::size, MAX_WAITING);
    this.dropped = Metric.OBSERVATIONS_DROPPED.counter(meters);
    this.timer = vertx.setPeriodic(EVERY_MS, id -> flushUnlessBusy());
  }

  void observe(DeviceRef ref, Observation observation) {
    if (observed.incrementAndGet() > MAX_WAITING) {
      observed.decrementAndGet();
      dropped.increment();
      observationsFull.increment();
      return;
    }
    observations.add(new Observed(ref, observation));
  }

  void await(DeviceRef ref, AwaitingDevice.Reason reason) {
    Request request = new Request(ref, reason);
    if (requests.size() >= MAX_WAITING && !requests.containsKey(request)) {
      dropped.increment();
      approvalsFull.increment();
      return;
    }
    requests.merge(request, 1L, Long::sum);
  }

  /** Writes what waits; a failure drops it. */
  Future<Void> flush() {
    return flushRequests().compose(v -> flushObservations());
  }

  Future<Void> close() {
    vertx.cancelTimer(timer);
    return flush();
  }

  private void flushUnlessBusy() {
    boolean idle = observations.isEmpty() && requests.isEmpty();
    if (!idle && flushing.compareAndSet(false, true)) {
      flush().onComplete(done -> flushing.set(false));
    }
  }

  private Future<Void> flushObservations() {
    Map<DeviceRef, Observation> chunk = takeObservations();
    if (chunk.isEmpty()) {
      return Future.succeededFuture();
    }
    int size = chunk.size();
    String[] productIds = new String[size];
    String[] deviceIds = new String[size];
    String[] firmware = new String[size];
    Long[] errors = new Long[size];
    int i = 0;
    for (Map.Entry<DeviceRef, Observation> entry : chunk.entrySet()) {
      OptionalLong error = entry.getValue().lastError();
      productIds[i] = entry.getKey().productId();
      deviceIds[i] = entry.getKey().deviceId();
      firmware[i] = entry.getValue().firmware().map(Admin::storable).orElse(null);
      errors[i++] = error.isPresent() ? error.getAsLong() : null;
    }
    return write(OBSERVE, Tuple.of(productIds, deviceIds, firmware, errors), size)
        .compose(written -> written ? flushObservations() : Future.succeededFuture());
  }

  private Future<Void> flushRequests() {
    List<Map.Entry<Request, Long>> chunk = takeRequests();
    if (chunk.isEmpty()) {
      return Future.succeededFuture();
    }
    int size = chunk.size();
    String[] productIds = new String[size];
    String[] deviceIds = new String[size];
    Short[] reasons = new Short[size];
    Long[] counts = new Long[size];
    for (int i = 0; i < size; i++) {
      Request request = chunk.get(i).getKey();
      productIds[i] = request.ref.productId();
      deviceIds[i] = request.ref.deviceId();
      reasons[i] = Codes.of(request.reason);
      counts[i] = chunk.get(i).getValue();
    }
    return write(AWAIT, Tuple.of(productIds, deviceIds, reasons, counts), size)
        .compose(written -> written ? flushRequests() : Future.succeededFuture());
  }

  private Future<Boolean> write(String sql, Tuple values, int size) {
    return pool.preparedQuery(sql)
        .execute(values)
        .map(true)
        .otherwise(
            failure -> {
              dropped.increment(size);
              log.debug("observations dropped: {}", failure.getMessage());
              return false;
            });
  }

  /**
   * One for each device: a statement that is told two things of one row takes either. In the order
   * in which batches lock devices.
   */
  private Map<DeviceRef, Observation> takeObservations() {
    Map<DeviceRef, Observation> chunk = new TreeMap<>(DecideWork::byKey);
    while (chunk.size() < CHUNK) {
      Observed next = observations.poll();
      if (next == null) {
        break;
      }
      observed.decrementAndGet();
      chunk.merge(next.ref(), next.observation(), WriteBehind::newer);
    }
    return chunk;
  }

  /** In the order of their table's keys, for the same reason. */
  private List<Map.Entry<Request, Long>> takeRequests() {
    List<Map.Entry<Request, Long>> chunk = new ArrayList<>();
    for (Request request : requests.keySet().stream().limit(CHUNK).sorted(BY_KEY).toList()) {
      Long count = requests.remove(request);
      if (count != null) {
        chunk.add(Map.entry(request, count));
      }
    }
    return chunk;
  }

  private static Observation newer(Observation old, Observation fresh) {
    return new Observation(
        fresh.firmware().or(old::firmware),
        fresh.lastError().isPresent() ? fresh.lastError() : old.lastError());
  }
}
