package io.otakey.gateway.metric;

import static io.otakey.gateway.metric.Form.BYTES;
import static io.otakey.gateway.metric.Form.CALL;
import static io.otakey.gateway.metric.Form.COUNTER;
import static io.otakey.gateway.metric.Form.GAUGE;
import static io.otakey.gateway.metric.Form.LATENCY;
import static io.otakey.gateway.metric.Form.SECONDS;
import static io.otakey.gateway.metric.Form.SIZE;
import static io.otakey.gateway.metric.Form.TIME;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.DistributionSummary;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.MultiGauge;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.Timer;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.function.ToDoubleFunction;

/**
 * The contract with dashboards and rules: every meter of the gateway, with its meaning and with
 * what tells its series apart. docs/metrics.md is made from it. Whoever measures something gets its
 * meter here, so that nothing is measured that does not stand here.
 */
public enum Metric {
  FRAMES(
      Area.FRAMES,
      LATENCY,
      "otakey.frames",
      "Frames answered, from the whole frame received to the answer handed over",
      Label.TYPE,
      Label.TRANSPORT,
      Label.ANSWER),
  KEYS_COMMITTED(
      Area.FRAMES,
      COUNTER,
      "otakey.keys.committed",
      "Keys that devices took into use, each counted once and by the node that wrote it",
      Label.PRODUCT,
      Label.COMMIT),
  PLATFORM_LOGINS(
      Area.FRAMES,
      COUNTER,
      "otakey.platform.logins",
      "Logins of devices that platforms asked about",
      Label.LOGIN),
  CONNECTIONS_REFUSED(
      Area.FRAMES,
      COUNTER,
      "otakey.connections.refused",
      "Connections turned away, or closed for want of a frame (on a crowded node: of one that a key"
          + " authenticates); for `source_frames` frames",
      Label.TURNED_AWAY),
  DEVICES_PRESENT(
      Area.FRAMES, GAUGE, "otakey.devices.present", "Devices connected here that can be pushed to"),
  PUSHES(Area.FRAMES, COUNTER, "otakey.pushes", "NOTICEs pushed, or not", Label.PUSHED),
  PUSH_WAIT(
      Area.FRAMES, LATENCY, "otakey.push.wait", "How long a push waited for its turn on this node"),

  RESOURCE_USED(
      Area.RESOURCES,
      GAUGE,
      "otakey.resource.used",
      "How much of it is in use now: entries that wait in a queue, open connections",
      Label.RESOURCE),
  RESOURCE_LIMIT(
      Area.RESOURCES, GAUGE, "otakey.resource.limit", "How much there is of it", Label.RESOURCE),
  RESOURCE_WAITING(
      Area.RESOURCES,
      GAUGE,
      "otakey.resource.waiting",
      "How many wait for some of it, where one waits",
      Label.RESOURCE),
  RESOURCE_REFUSED(
      Area.RESOURCES,
      COUNTER,
      "otakey.resource.refused",
      "How often somebody was refused or left out because it was used up",
      Label.RESOURCE),
  BATCH_SIZE(Area.RESOURCES, SIZE, "otakey.batch.size", "Inputs of a batch", Label.BATCH),
  BATCH_WAIT(
      Area.RESOURCES,
      LATENCY,
      "otakey.batch.wait",
      "How long a batch's oldest input waited before it ran",
      Label.BATCH),
  BATCH_EXECUTE(
      Area.RESOURCES,
      LATENCY,
      "otakey.batch.execute",
      "How long a batch ran; of `write` and `counted`: a durable commit",
      Label.BATCH),
  BATCH_REFUSED(
      Area.RESOURCES,
      COUNTER,
      "otakey.batch.refused",
      "Inputs refused or given up",
      Label.BATCH,
      Label.UNDONE),
  OBSERVATIONS_DROPPED(
      Area.RESOURCES,
      COUNTER,
      "otakey.observations.dropped",
      "Times at which devices were seen, and firmware, not stored: too many wait, or the database"
          + " is away"),
  EVENT_LOOP_LAG(
      Area.RESOURCES,
      LATENCY,
      "otakey.event.loop.lag",
      "How much later than due a timer runs, of every event loop: what each frame there waits"),

  SECURITY_EVENTS(
      Area.SECURITY,
      COUNTER,
      "otakey.security.events",
      "Duplicate devices, keys that were superseded, refused enrollments, grants given up; the"
          + " same frame counts once",
      Label.PRODUCT,
      Label.SECURITY,
      Label.SECURITY_REASON),
  SECURITY_EVENTS_LEFT_OUT(
      Area.SECURITY,
      COUNTER,
      "otakey.security.events.left.out",
      "Security events beyond what is stored for a product and minute"),
  CLUSTER_REFUSED(
      Area.SECURITY,
      COUNTER,
      "otakey.cluster.refused",
      "Connections to the cluster's port of somebody who did not show the cluster's secret"),
  VAULT_BEHIND(
      Area.SECURITY,
      GAUGE,
      "otakey.vault.behind",
      "1 while this node uses another vault than the one in force"),
  VAULT_NEWEST(
      Area.SECURITY,
      GAUGE,
      "otakey.vault.newest",
      "Number of the newest root secret; ids of what grants and bundles are made from",
      Label.VAULT),
  AUDIT_CHAINED(
      Area.SECURITY,
      GAUGE,
      "otakey.audit.chained",
      "Entries that the audit log's chain has had so far, as this node sees it: only rises"),
  AUDIT_WAITING(
      Area.SECURITY,
      GAUGE,
      "otakey.audit.waiting",
      "Entries of the audit log that wait for their link, up to 100,000"),
  AUDIT_BROKEN(
      Area.SECURITY,
      GAUGE,
      "otakey.audit.broken",
      "1 since this node saw that the audit log's chain was cut, replaced or forged; until it"
          + " starts anew"),
  CERTIFICATE_EXPIRES(
      Area.SECURITY,
      SECONDS,
      "otakey.certificate.expires",
      "When the first certificate of the chain in use expires, since 1970",
      Label.LISTENER),

  PLATFORM_CALLS(
      Area.PLATFORMS,
      CALL,
      "otakey.platform.calls",
      "Calls to platforms that logins are written into",
      Label.PLATFORM,
      Label.OPERATION,
      Label.CALLED),
  PLATFORM_AWAY(
      Area.PLATFORMS,
      GAUGE,
      "otakey.platform.away",
      "1 while this node leaves the platform alone, since it failed",
      Label.PLATFORM),
  PLATFORM_CALLS_RUNNING(
      Area.PLATFORMS,
      GAUGE,
      "otakey.platform.calls.running",
      "Calls under way to the platform",
      Label.PLATFORM),
  PLATFORM_CALLS_LIMIT(
      Area.PLATFORMS,
      GAUGE,
      "otakey.platform.calls.limit",
      "Calls to the platform at once at most",
      Label.PLATFORM),
  PLATFORM_CALLS_WAITING(
      Area.PLATFORMS,
      GAUGE,
      "otakey.platform.calls.waiting",
      "Calls that wait for their turn at the platform",
      Label.PLATFORM),
  PLATFORM_NOTICES(
      Area.PLATFORMS,
      COUNTER,
      "otakey.platform.notices",
      "Devices told through their platforms that something waits, or not",
      Label.PLATFORM,
      Label.NOTICED),
  WEBHOOK_DELIVERIES(
      Area.PLATFORMS,
      CALL,
      "otakey.webhook.deliveries",
      "Deliveries to webhooks, by the node that delivers",
      Label.WEBHOOK,
      Label.DELIVERED),

  CLUSTER_NODES(
      Area.NODE, GAUGE, "otakey.cluster.nodes", "Nodes that this one sees, itself included"),
  CLUSTER_MESSAGES(
      Area.NODE, COUNTER, "otakey.cluster.messages", "Messages from node to node", Label.MESSAGE),
  DUTY_LEADS(
      Area.NODE,
      GAUGE,
      "otakey.duty.leads",
      "1 while this node is the one that does the duty",
      Label.DUTY),
  CAMPAIGN_DEVICES_ASKED(
      Area.NODE,
      COUNTER,
      "otakey.campaign.devices.asked",
      "Devices that campaigns asked, by the node that runs them"),
  CAMPAIGN_SHARE(
      Area.NODE,
      GAUGE,
      "otakey.campaign.share",
      "What campaigns keep of their pace, 0 to 1: less while this node is slow"),
  HELD_OFF(
      Area.NODE,
      GAUGE,
      "otakey.held.off",
      "1 while every device is answered ERROR 8 for this reason",
      Label.HELD),
  JOURNAL_WRITES(
      Area.NODE,
      LATENCY,
      "otakey.journal.writes",
      "Writes of the journal, with the sync where that is waited for"),
  DISK_FREE(
      Area.NODE,
      BYTES,
      "otakey.disk.free",
      "Free on the disk that a folder of this node is on; looked at every 10 s",
      Label.FOLDER),
  DISK_SIZE(
      Area.NODE,
      BYTES,
      "otakey.disk.size",
      "Size of the disk that a folder of this node is on",
      Label.FOLDER),
  BUILD(
      Area.NODE,
      GAUGE,
      "otakey.build",
      "1; its labels say which build runs",
      Label.VERSION,
      Label.COMMIT_ID),
  ADMIN_REQUESTS(
      Area.NODE,
      TIME,
      "otakey.admin.requests",
      "Requests to the administration API",
      Label.API,
      Label.STATUS),

  DEVICES(
      Area.FLEET,
      GAUGE,
      "otakey.devices",
      "Devices by product and state",
      Label.PRODUCT,
      Label.DEVICE_STATE),
  KEY_AGE(
      Area.FLEET,
      GAUGE,
      "otakey.key.age.devices",
      "Active devices whose key was committed at most so many seconds ago; histogram_quantile takes"
          + " it",
      Label.PRODUCT,
      Label.KEY_AGE),
  SILENCE(
      Area.FLEET,
      GAUGE,
      "otakey.silence.devices",
      "Active devices that were heard at most so many seconds ago",
      Label.PRODUCT,
      Label.SILENCE),
  DEVICES_ASKED(
      Area.FLEET,
      GAUGE,
      "otakey.devices.asked",
      "Active devices that are to take a new key or to move, and have not yet",
      Label.PRODUCT),
  DEVICES_AWAITING(
      Area.FLEET,
      GAUGE,
      "otakey.devices.awaiting",
      "Devices that wait for an operator's word",
      Label.AWAITING),
  PRODUCT_QUOTA(
      Area.FLEET,
      GAUGE,
      "otakey.product.quota",
      "Devices that may be enrolled of the product, if it has a quota",
      Label.PRODUCT),
  PRODUCT_QUOTA_USED(
      Area.FLEET,
      GAUGE,
      "otakey.product.quota.used",
      "Devices that were enrolled of the product, if it has a quota",
      Label.PRODUCT),
  CAMPAIGN_STATE(
      Area.FLEET,
      GAUGE,
      "otakey.campaign.state",
      "1 for the state that the campaign is in",
      Label.CAMPAIGN,
      Label.CAMPAIGN_STATE),
  CAMPAIGN_DEVICES(
      Area.FLEET,
      GAUGE,
      "otakey.campaign.devices",
      "Devices of a campaign by how far they are",
      Label.CAMPAIGN,
      Label.MEMBER_STATE),
  PLATFORM_DEBT(
      Area.FLEET,
      GAUGE,
      "otakey.platform.debt",
      "Logins that are to be written to, or taken from, the platform",
      Label.PLATFORM),
  PLATFORM_DEBT_AGE(
      Area.FLEET,
      SECONDS,
      "otakey.platform.debt.age",
      "How long the oldest of them has been owed; 0 without any",
      Label.PLATFORM),
  WEBHOOKS(
      Area.FLEET,
      GAUGE,
      "otakey.webhooks",
      "Webhooks by state; a paused one waits for an operator",
      Label.WEBHOOK_STATE),
  DATABASE_SIZE(Area.FLEET, BYTES, "otakey.database.size", "Size of the database"),
  DATABASE_CONNECTIONS(
      Area.FLEET, GAUGE, "otakey.database.connections", "Connections to the server, of anybody"),
  DATABASE_CONNECTIONS_LIMIT(
      Area.FLEET, GAUGE, "otakey.database.connections.limit", "Connections that the server allows"),
  DATABASE_ROWS(
      Area.FLEET,
      GAUGE,
      "otakey.database.rows",
      "Rows of a table, as the server estimates",
      Label.TABLE),
  DATABASE_DEAD_ROWS(
      Area.FLEET,
      GAUGE,
      "otakey.database.dead.rows",
      "Rows of a table that vacuum has to take away, as the server estimates",
      Label.TABLE),
  DATABASE_CACHE_HITS(
      Area.FLEET,
      GAUGE,
      "otakey.database.cache.hits",
      "Share of blocks found in the server's cache since the last look, 0 to 1"),
  DATABASE_WAL(
      Area.FLEET, BYTES, "otakey.database.wal", "Position in the write-ahead log: only rises"),
  DATABASE_OLDEST_TRANSACTION(
      Area.FLEET,
      SECONDS,
      "otakey.database.oldest.transaction",
      "Age of the oldest transaction of the gateways that is open: events wait for it"),
  DATABASE_TRANSACTION_AGE(
      Area.FLEET,
      GAUGE,
      "otakey.database.transaction.age",
      "Transactions since the oldest row was frozen; the server stops before 2 billion"),
  CENSUS_TAKEN(
      Area.FLEET, SECONDS, "otakey.census.taken", "When the fleet was last counted, since 1970"),
  CENSUS_DURATION(Area.FLEET, SECONDS, "otakey.census.duration", "How long the last count took");

  /** What belongs together on the page. */
  public enum Area {
    /** RED of what devices and platforms ask. */
    FRAMES("Frames: rate, errors, duration"),
    /** USE of everything that there is only so much of. */
    RESOURCES("Resources: utilization, saturation, errors"),
    /** What somebody may have to look into. */
    SECURITY("Security"),
    /** Where others have to answer. */
    PLATFORMS("Platforms and webhooks"),
    /** One node. */
    NODE("Node"),
    /** The whole installation, by the one node that counts. */
    FLEET("Fleet");

    private final String title;

    Area(String title) {
      this.title = title;
    }

    /** For people. */
    public String title() {
      return title;
    }
  }

  private final Area area;
  private final Form form;
  private final String id;
  private final String meaning;

  @SuppressWarnings("ImmutableEnumChecker") // it is
  private final List<Label> labels;

  Metric(Area area, Form form, String id, String meaning, Label... labels) {
    this.area = area;
    this.form = form;
    this.id = id;
    this.meaning = meaning;
    this.labels = List.of(labels);
  }

  /** Where it belongs. */
  public Area area() {
    return area;
  }

  /** What kind of numbers. */
  public Form form() {
    return form;
  }

  /** The name in the registry of meters. */
  public String id() {
    return id;
  }

  /** The name that Prometheus knows, without the suffixes of a histogram's series. */
  public String prometheusName() {
    return id.replace('.', '_') + form.suffix();
  }

  /** What it says. */
  public String meaning() {
    return meaning;
  }

  /** What tells its series apart, in the order in which values are given. */
  public List<Label> labels() {
    return labels;
  }

  /**
   * The counter of these values of the labels.
   *
   * @param values one for each label
   */
  public Counter counter(MeterRegistry meters, String... values) {
    return Counter.builder(id).description(meaning).tags(tags(values)).register(meters);
  }

  /** The timer of these values of the labels. */
  public Timer timer(MeterRegistry meters, String... values) {
    return Timer.builder(id)
        .description(meaning)
        .tags(tags(values))
        .serviceLevelObjectives(form.durations())
        .register(meters);
  }

  /** The histogram of sizes of these values of the labels. */
  public DistributionSummary sizes(MeterRegistry meters, String... values) {
    return DistributionSummary.builder(id)
        .description(meaning)
        .tags(tags(values))
        .serviceLevelObjectives(form.bounds())
        .register(meters);
  }

  /**
   * A gauge of these values of the labels, which keeps its source until it is removed.
   *
   * @param value asked at every scrape, from any thread; must neither block nor count at length
   */
  public <T> Gauge gauge(
      MeterRegistry meters, T source, ToDoubleFunction<? super T> value, String... values) {
    return Gauge.builder(id, source, value::applyAsDouble)
        .description(meaning)
        .baseUnit(form.unit())
        .tags(tags(values))
        .strongReference(true)
        .register(meters);
  }

  /** Gauges whose labels take other values from time to time: {@link #row}s are put in together. */
  public MultiGauge gauges(MeterRegistry meters) {
    return MultiGauge.builder(id).description(meaning).baseUnit(form.unit()).register(meters);
  }

  /** One of {@link #gauges}. */
  public MultiGauge.Row<Number> row(Number value, String... values) {
    return MultiGauge.Row.of(tags(values), value);
  }

  /** An enum's constant as a label's value. */
  public static String label(Enum<?> value) {
    return value.name().toLowerCase(Locale.ROOT);
  }

  private Tags tags(String... values) {
    if (values.length != labels.size()) {
      throw new IllegalArgumentException(
          name() + " takes " + labels + ", not " + Arrays.toString(values));
    }
    Tags tags = Tags.empty();
    for (int i = 0; i < values.length; i++) {
      tags = tags.and(labels.get(i).key(), values[i]);
    }
    return tags;
  }
}
