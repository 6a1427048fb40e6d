package io.otakey.gateway.metric;

import java.time.Duration;
import java.util.stream.LongStream;

/** Every meter of the gateway by name, and the tags that go with them. */
public final class MeterNames {
  /** Frames answered, with their time; tags type, transport, outcome. */
  public static final String FRAMES = "otakey.frames";

  /** Frames being answered now. */
  public static final String FRAMES_IN_FLIGHT = "otakey.frames.in.flight";

  /** Grants kept to answer repeated frames. */
  public static final String GRANTS_REMEMBERED = "otakey.grants.remembered";

  /** Event streams that are open. */
  public static final String EVENT_STREAMS = "otakey.event.streams";

  /** Security events beyond what is stored for a product and minute. */
  public static final String SECURITY_EVENTS_LEFT_OUT = "otakey.security.events.left.out";

  /** Duplicate devices, stale keys, refused enrollments; tags kind and {@link #REASON}. */
  public static final String SECURITY_EVENTS = "otakey.security.events";

  /** Deliveries to webhooks, with their time; tags webhook, outcome. */
  public static final String WEBHOOK_DELIVERIES = "otakey.webhook.deliveries";

  /** Webhooks that failed for long and wait for an operator; of the node that delivers. */
  public static final String WEBHOOKS_PAUSED = "otakey.webhooks.paused";

  /** Logins that platforms asked about; tag outcome. */
  public static final String PLATFORM_LOGINS = "otakey.platform.logins";

  /** Calls to platforms, with their time; tags platform, operation, outcome. */
  public static final String PLATFORM_CALLS = "otakey.platform.calls";

  /** Devices told through their platforms, or not; tags platform, outcome. */
  public static final String PLATFORM_NOTICES = "otakey.platform.notices";

  /** Logins owed to platforms; tag platform. */
  public static final String PLATFORM_DEBT = "otakey.platform.debt";

  /** Devices that campaigns asked. */
  public static final String CAMPAIGN_DEVICES_ASKED = "otakey.campaign.devices.asked";

  /** Devices connected to this node that can be pushed to. */
  public static final String DEVICES_PRESENT = "otakey.devices.present";

  /** Nodes that this one sees, itself included. */
  public static final String CLUSTER_NODES = "otakey.cluster.nodes";

  /** 1 while this node uses another vault than the one in force. */
  public static final String VAULT_BEHIND = "otakey.vault.behind";

  /** Connections to the cluster's port of somebody who did not show the cluster's secret. */
  public static final String CLUSTER_REFUSED = "otakey.cluster.refused";

  /** Messages from node to node; tag outcome. */
  public static final String CLUSTER_MESSAGES = "otakey.cluster.messages";

  /** NOTICEs pushed, or not; tag outcome. */
  public static final String PUSHES = "otakey.pushes";

  /** How long a push waited for its turn on this node. */
  public static final String PUSH_WAIT = "otakey.push.wait";

  /** Writes of the journal, its sync included where that is waited for. */
  public static final String JOURNAL_WRITES = "otakey.journal.writes";

  /** Open connections of devices; tag transport. */
  public static final String CONNECTIONS = "otakey.connections";

  /** Connections turned away or closed by us; tags transport and {@link #REASON}. */
  public static final String CONNECTIONS_REFUSED = "otakey.connections.refused";

  /** How much later than due a timer of an event loop runs. */
  public static final String EVENT_LOOP_LAG = "otakey.event.loop.lag";

  /** Upper bounds of the latency histograms: half a millisecond to 30 s. */
  public static Duration[] latencyBuckets() {
    return LongStream.of(
            500,
            1000,
            2000,
            5000,
            10_000,
            20_000,
            50_000,
            100_000,
            250_000,
            500_000,
            1_000_000,
            2_000_000,
            5_000_000,
            30_000_000)
        .mapToObj(micros -> Duration.ofNanos(micros * 1000))
        .toArray(Duration[]::new);
  }

  /** Inputs per batch; tag {@link #BATCH}. */
  public static final String BATCH_SIZE = "otakey.batch.size";

  /** How long a batch's oldest input waited before it ran; tag {@link #BATCH}. */
  public static final String BATCH_WAIT = "otakey.batch.wait";

  /** How long a batch ran; tag {@link #BATCH}. */
  public static final String BATCH_EXECUTE = "otakey.batch.execute";

  /** Inputs refused or given up; tags {@link #BATCH} and {@link #REASON}. */
  public static final String BATCH_REFUSED = "otakey.batch.refused";

  /** Inputs waiting now; tag {@link #BATCH}. */
  public static final String BATCH_QUEUED = "otakey.batch.queued";

  /** Observations dropped because too many wait. */
  public static final String OBSERVATIONS_DROPPED = "otakey.observations.dropped";

  /** Tag: which batcher. */
  public static final String BATCH = "batch";

  /** Tag: why. */
  public static final String REASON = "reason";

  private MeterNames() {}
}
