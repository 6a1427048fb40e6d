package io.otakey.gateway.registry.pg;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.otakey.gateway.admin.EventJson;
import io.otakey.gateway.registry.Event;
import io.otakey.gateway.registry.EventCursor;
import io.otakey.gateway.registry.EventFilter;
import io.otakey.gateway.registry.EventKind;
import io.otakey.gateway.registry.EventTail;
import io.otakey.gateway.registry.Lease;
import io.otakey.gateway.vault.Vault;
import io.otakey.gateway.vault.VaultConfig;
import io.otakey.gateway.webhook.Receiver;
import io.otakey.gateway.webhook.Webhook;
import io.otakey.gateway.webhook.Webhook.SealedSecrets;
import io.otakey.gateway.webhook.WebhookConfig;
import io.otakey.gateway.webhook.WebhookLedger;
import io.otakey.gateway.webhook.WebhookLedger.Failure;
import io.otakey.gateway.webhook.WebhookOrder;
import io.otakey.gateway.webhook.WebhookRunner;
import io.otakey.gateway.webhook.WebhookSecrets;
import io.otakey.gateway.webhook.WebhookSender;
import io.otakey.gateway.webhook.Webhooks;
import io.otakey.protocol.crypto.X25519;
import io.vertx.core.Future;
import io.vertx.core.json.JsonObject;
import io.vertx.sqlclient.Tuple;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Webhooks between a real database and real HTTP servers. */
class PgWebhookTest {
  private static final String INSERT =
      "insert into event (kind, product_id, device_id) values (12, $1, $2)";
  private static final Duration HOUR = Duration.ofHours(1);
  private static final int WRITERS = 6;
  private static final int EACH = 40;

  private final TestDatabase database = new TestDatabase();
  private final PgRegistry registry = database.open();
  private final Webhooks webhooks = registry.webhooks();
  private final WebhookLedger ledger = registry.webhookLedger();
  private final List<String> deployed = new ArrayList<>();
  private final Receiver receiver = new Receiver(database.vertx);
  private final WebhookSecrets secrets;

  PgWebhookTest(@TempDir Path folder) {
    VaultConfig config = new VaultConfig(folder.resolve("vault.json"), Optional.empty(), true);
    secrets = new WebhookSecrets(Vault.open(config, X25519.choose().x25519()).vault());
  }

  @AfterEach
  void close() {
    deployed.forEach(id -> Await.get(database.vertx.undeploy(id)));
    receiver.close();
    database.close();
  }

  private Webhook make(String id, String url, Set<EventKind> kinds, Set<String> products) {
    WebhookOrder order = new WebhookOrder(url, true, Optional.empty(), kinds, products);
    return Await.get(
        webhooks.put(Fixture.ALICE, id, 0, order, SealedSecrets.of(secrets.make(id).sealed())));
  }

  private Webhook make(String id, String url) {
    return make(id, url, Set.of(), Set.of());
  }

  private Webhook get(String id) {
    return Await.get(webhooks.get(id)).orElseThrow();
  }

  private void insert(String product, int first, int last) {
    IntStream.rangeClosed(first, last).forEach(n -> database.sql(INSERT, product, "d" + n));
  }

  private static List<String> devices(int first, int last) {
    return IntStream.rangeClosed(first, last).mapToObj(n -> "d" + n).toList();
  }

  /** A node that delivers. */
  private String node(WebhookLedger through, Duration pauseAfter) {
    WebhookConfig config =
        new WebhookConfig(Duration.ofMillis(50), Duration.ofSeconds(60), pauseAfter, a -> true);
    SimpleMeterRegistry meters = new SimpleMeterRegistry();
    String id =
        Await.get(
            database.vertx.deployVerticle(
                new WebhookRunner(
                    config,
                    through,
                    new EventTail(database.vertx, registry.eventLog()),
                    new WebhookSender(database.vertx, config, secrets, meters),
                    EventJson::text,
                    meters)));
    deployed.add(id);
    return id;
  }

  private void stop(String node) {
    deployed.remove(node);
    Await.get(database.vertx.undeploy(node));
  }

  @Test
  void writersThatCommitOutOfOrder_areToldInOneOrder_eachEventOnce() {
    make("all", receiver.url());
    make("some", receiver.url() + "?some", Set.of(EventKind.BLOCKED), Set.of("p1"));
    node(ledger, HOUR);
    EventCursor begin = Await.get(registry.eventLog().end());
    Random random = new Random(7);
    List<Future<Void>> writers = new ArrayList<>();
    for (int writer = 0; writer < WRITERS; writer++) {
      writers.add(write("p" + writer % 2, "w" + writer, 0, random));
    }
    Await.get(Future.all(writers));
    Await.until(
        "all arrived",
        () ->
            get("all").progress().delivered() == WRITERS * EACH
                && get("some").progress().delivered() == WRITERS * EACH / 2);
    List<String> inOrder =
        Await.get(registry.eventLog().page(Optional.of(begin), EventFilter.ALL, 1000))
            .events()
            .stream()
            .map(event -> event.deviceId().orElseThrow())
            .toList();
    assertThat(told("all")).isEqualTo(inOrder);
    assertThat(told("some"))
        .isEqualTo(
            inOrder.stream().filter(d -> Integer.parseInt(d.substring(1, 2)) % 2 == 1).toList());
    assertThat(receiver.posts.size()).as("several events in one post").isLessThan(WRITERS * EACH);
  }

  private List<String> told(String webhook) {
    return receiver.posts.stream()
        .filter(post -> post.json().getString("webhook").equals(webhook))
        .flatMap(post -> post.events().stream())
        .map(event -> event.getString("deviceId"))
        .toList();
  }

  private Future<Void> write(String product, String writer, int number, Random random) {
    if (number == EACH) {
      return Future.succeededFuture();
    }
    double wait = random.nextDouble() * 0.02;
    return database
        .database()
        .admin()
        .withTransaction(
            client ->
                client
                    .preparedQuery(INSERT)
                    .execute(Tuple.of(product, writer + "-" + number))
                    .compose(
                        v -> client.preparedQuery("select pg_sleep($1)").execute(Tuple.of(wait))))
        .compose(v -> write(product, writer, number + 1, random));
  }

  /** The answer arrives, and the node dies before it has noted that. */
  @Test
  void aNodeThatDiesBetweenDeliveryAndCursor_isFollowedByOneThatSendsTheSameAgain() {
    make("crm", receiver.url());
    AtomicBoolean dead = new AtomicBoolean();
    String first = node(new DyingLedger(ledger, dead), HOUR);
    insert("p", 1, 3);
    Await.until("something was sent", () -> !receiver.posts.isEmpty() && dead.get());
    stop(first);
    int before = receiver.posts.size();
    Receiver.Post lost = receiver.posts.get(0);
    insert("p", 4, 5);
    node(ledger, HOUR);
    Await.until("all arrived", () -> receiver.devices().contains("d5"));
    Receiver.Post again = receiver.posts.get(before);
    assertThat(again.id()).isEqualTo(lost.id());
    assertThat(again.body()).as("the same piece").isEqualTo(lost.body());
    assertThat(receiver.devices().stream().distinct().toList()).isEqualTo(devices(1, 5));
  }

  @Test
  void aNodeWithoutTheLease_writesNothing() {
    Webhook crm = make("crm", receiver.url());
    Lease old = Await.get(ledger.lead(new UUID(1, 1))).orElseThrow();
    EventCursor later = new EventCursor(crm.progress().seen().tx() + 1, 0);
    assertThat(Await.get(ledger.sending(old, crm, later))).isTrue();
    Await.get(ledger.resign(new UUID(1, 1)));
    Lease lease = Await.get(ledger.lead(new UUID(2, 2))).orElseThrow();
    assertThat(Await.get(ledger.sending(old, crm, later))).isFalse();
    assertThat(Await.get(ledger.delivered(old, crm, later, 1))).isFalse();
    assertThat(Await.get(ledger.failed(old, crm, HOUR, HOUR, "x"))).isEqualTo(Failure.VOID);
    Await.get(ledger.passed(old, Map.of(crm, later)));
    assertThat(get("crm").progress().seen()).isEqualTo(crm.progress().seen());
    assertThat(get("crm").progress().tries()).isZero();
    assertThat(Await.get(ledger.delivered(lease, crm, later, 1))).isTrue();
    assertThat(Await.get(ledger.delivered(lease, crm, crm.progress().seen(), 1)))
        .as("never back")
        .isFalse();
    Webhook changed = Await.get(webhooks.resume(Fixture.ALICE, "crm")).orElseThrow();
    EventCursor much = new EventCursor(later.tx() + 1, 0);
    assertThat(Await.get(ledger.sending(lease, crm, much))).as("changed meanwhile").isFalse();
    assertThat(Await.get(ledger.sending(lease, changed, much))).isTrue();
  }

  @Test
  void oneThatHangs_andOneThatIsDead_slowNobody() {
    try (Receiver hanging = new Receiver(database.vertx)) {
      hanging.mood(request -> {});
      make("a-hangs", hanging.url());
      make("b-dead", "http://127.0.0.1:1/");
      make("c-works", receiver.url());
      node(ledger, HOUR);
      insert("p", 1, 1);
      Await.until("one hangs", () -> !hanging.posts.isEmpty());
      for (int n = 2; n <= 5; n++) {
        insert("p", n, n);
        String device = "d" + n;
        Await.until(device + " arrived", () -> receiver.devices().contains(device));
      }
      assertThat(receiver.devices()).isEqualTo(devices(1, 5));
      assertThat(hanging.posts).as("still the first").hasSize(1);
      assertThat(get("a-hangs").progress().failingSince()).isEmpty();
      Await.until("the dead one failed", () -> get("b-dead").progress().why().isPresent());
      assertThat(get("b-dead").progress().why().orElseThrow()).startsWith("not sent: ");
      assertThat(get("b-dead").progress().failingSince()).isPresent();
    }
  }

  @Test
  void oneThatFails_getsTheSameAgain_andIsPausedInTheEnd_whichAnEventTells() {
    make("crm", receiver.url(), Set.of(EventKind.BLOCKED), Set.of());
    make("ops", receiver.url() + "?ops", Set.of(EventKind.WEBHOOK_PAUSED), Set.of());
    receiver.mood(
        request ->
            request.response().setStatusCode("ops".equals(request.query()) ? 200 : 503).end());
    node(ledger, Duration.ofMillis(1500));
    insert("p", 1, 3);
    Await.until("paused", () -> get("crm").progress().pausedAt().isPresent());
    List<Receiver.Post> tries =
        receiver.posts.stream().filter(post -> post.id().startsWith("crm_")).toList();
    assertThat(tries).hasSizeGreaterThan(1);
    assertThat(tries.stream().map(Receiver.Post::id).distinct()).hasSizeLessThanOrEqualTo(1);
    Await.until("ops is told", () -> get("ops").progress().delivered() == 1);
    JsonObject told =
        receiver.posts.stream()
            .filter(post -> post.id().startsWith("ops_"))
            .findFirst()
            .orElseThrow()
            .events()
            .get(0);
    assertThat(told.getString("kind")).isEqualTo("webhook-paused");
    assertThat(told.getString("webhook")).isEqualTo("crm");
    assertThat(told.getInteger("count")).isEqualTo(3);
    assertThat(told.containsKey("productId")).isFalse();
    insert("p", 4, 4);
    assertThat(Await.get(webhooks.waiting(get("crm")))).isEqualTo(4);
    receiver.mood(Receiver::ok);
    receiver.posts.clear();
    Await.get(webhooks.resume(Fixture.ALICE, "crm"));
    Await.until("all arrived", () -> get("crm").progress().delivered() == 4);
    assertThat(told("crm")).isEqualTo(devices(1, 4));
    assertThat(Await.get(webhooks.waiting(get("crm")))).isZero();
  }

  @Test
  void eventsThatAreGone_areToldAsAGap() {
    Webhook crm = make("crm", receiver.url());
    insert("p", 1, 5);
    database.sql("delete from event where device_id in ('d1', 'd2', 'd3')");
    node(ledger, HOUR);
    Await.until("the rest arrived", () -> receiver.devices().contains("d5"));
    List<JsonObject> events = receiver.events();
    assertThat(events.get(0).getString("kind")).isEqualTo("gap");
    assertThat(events.get(0).getString("after")).isEqualTo(crm.progress().seen().text());
    assertThat(receiver.devices().subList(1, 3)).containsExactly("d4", "d5");
    EventCursor last = EventCursor.parse(events.get(0).getString("cursor")).orElseThrow();
    Event next =
        Await.get(registry.eventLog().page(Optional.of(last), EventFilter.ALL, 1)).events().get(0);
    assertThat(next.deviceId()).as("its cursor leads on").contains("d4");
  }

  @Test
  void aChangeThatSomebodyElseOvertook_andOneTooMany_areRefused() {
    Webhook crm = make("crm", receiver.url());
    Await.get(webhooks.put(Fixture.ALICE, "crm", crm.version(), crm.order(), crm.secrets()));
    assertThatThrownBy(
            () ->
                Await.get(
                    webhooks.put(Fixture.ALICE, "crm", crm.version(), crm.order(), crm.secrets())))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("somebody else");
    assertThatThrownBy(() -> make("crm", receiver.url())).hasMessageContaining("somebody else");
    database.sql(
        "insert into webhook (id, url, insecure, kinds, products, sealed) select 'w' || n, '', true,"
            + " '{}', '{}', '' from generate_series(2, 100) n");
    assertThatThrownBy(() -> make("more", receiver.url())).hasMessageContaining("100 webhooks");
  }

  /** Dies before it notes that something has arrived. */
  private record DyingLedger(WebhookLedger real, AtomicBoolean dead) implements WebhookLedger {
    @Override
    public Future<Optional<Lease>> lead(UUID node) {
      return dead.get() ? Future.succeededFuture(Optional.empty()) : real.lead(node);
    }

    @Override
    public Future<Void> resign(UUID node) {
      return real.resign(node);
    }

    @Override
    public Future<List<Webhook>> webhooks() {
      return real.webhooks();
    }

    @Override
    public Future<Boolean> sending(Lease lease, Webhook webhook, EventCursor upTo) {
      return dead.get() ? Future.failedFuture("dead") : real.sending(lease, webhook, upTo);
    }

    @Override
    public Future<Boolean> delivered(Lease lease, Webhook webhook, EventCursor upTo, int events) {
      dead.set(true);
      return Future.failedFuture("dead");
    }

    @Override
    public Future<Failure> failed(
        Lease lease, Webhook webhook, Duration pause, Duration most, String why) {
      return Future.failedFuture("dead");
    }

    @Override
    public Future<Void> passed(Lease lease, Map<Webhook, EventCursor> places) {
      return Future.succeededFuture();
    }
  }
}
