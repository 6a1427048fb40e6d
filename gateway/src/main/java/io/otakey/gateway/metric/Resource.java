package io.otakey.gateway.metric;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import java.util.List;
import java.util.function.ToDoubleFunction;

/** Everything that a node has only so much of, but for the queues of platforms. */
public enum Resource {
  /** What may be open at once. */
  CONNECTIONS("open connections of devices", "limits.maxConnections"),
  SOURCES("addresses that limits are kept for; idle ones are forgotten first", "131072"),
  FRAMES("frames under way", "exchange.maxInFlight"),
  GRANTS_REMEMBERED(
      "grants kept to answer repeated frames; the oldest are forgotten first",
      "exchange.rememberedGrants"),
  BATCH_ENROLL("ENROLLs that wait to be read", "20000 in each of two lanes"),
  BATCH_READ("POLLs, ROTATEs and logins that wait to be read", "20000 in each of two lanes"),
  BATCH_WRITE("decisions that wait to be written", "20000 in each of two lanes"),
  BATCH_COUNTED("the same of products with a quota", "20000"),
  BATCH_JOURNAL("changes that wait for the journal's disk", "50000"),
  DATABASE_HOT("connections of the hot path to the database", "as many as lanes: 7"),
  DATABASE_ADMIN("connections of everything else to the database", "4"),
  WORKERS("threads for what blocks", "20"),
  PUSH_QUEUE("NOTICEs that wait for their turn to be pushed", "200000"),
  NOTICE_QUEUE("devices that wait to be told through their platforms", "100000"),
  OBSERVATIONS("observations that wait to be written", "50000"),
  APPROVALS("requests for an operator's word that wait to be written", "50000"),
  SECURITY_EVENTS("security events that wait to be written", "10000"),
  CLUSTER_QUEUE("messages that wait to be told to other nodes", "1000"),
  EVENT_STREAMS("event streams that are open", "100"),
  HOOK_CONNECTIONS("open connections of platforms that ask about logins", "hook.maxConnections"),
  ADMIN_CONNECTIONS("open connections to the administration port", "500");

  private final String meaning;
  private final String limit;

  Resource(String meaning, String limit) {
    this.meaning = meaning;
    this.limit = limit;
  }

  /** What is counted. */
  public String meaning() {
    return meaning;
  }

  /** The setting that limits it, or the limit. */
  public String limit() {
    return limit;
  }

  /** The value of its label. */
  public String label() {
    return Metric.label(this);
  }

  /**
   * Shows how much of it is in use, and how much there is.
   *
   * @param used asked at every scrape, from any thread
   */
  public <T> void show(
      MeterRegistry meters, T source, ToDoubleFunction<? super T> used, int limit) {
    show(meters, label(), source, used, limit);
  }

  /** As the other one, of a resource of which there may be several; what is returned ends it. */
  public static <T> Runnable show(
      MeterRegistry meters, String label, T source, ToDoubleFunction<? super T> used, int limit) {
    Gauge now = Metric.RESOURCE_USED.gauge(meters, source, used, label);
    Gauge most = Metric.RESOURCE_LIMIT.gauge(meters, source, same -> limit, label);
    return () -> List.of(now, most).forEach(meters::remove);
  }

  /** Counts who is refused. */
  public Counter refused(MeterRegistry meters) {
    return Metric.RESOURCE_REFUSED.counter(meters, label());
  }
}
