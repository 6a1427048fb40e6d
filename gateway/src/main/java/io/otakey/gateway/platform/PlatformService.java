package io.otakey.gateway.platform;

import io.micrometer.core.instrument.MeterRegistry;
import io.otakey.gateway.batch.BatchWork;
import io.otakey.gateway.batch.Batcher;
import io.otakey.gateway.batch.BatcherConfig;
import io.otakey.gateway.metric.Metric;
import io.otakey.gateway.registry.Connections;
import io.otakey.gateway.vault.Vault;
import io.otakey.protocol.wire.KeyRef;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.internal.VertxInternal;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.ToIntFunction;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * This node's connectors to platforms, each as of its platform's latest settings, and what grants
 * ask of them. Thread-safe; never blocks.
 */
public final class PlatformService implements Platforms {
  private static final Logger LOG = LoggerFactory.getLogger(PlatformService.class);

  private final Vertx vertx;
  private final Context loop;
  private final PlatformConfig config;
  private final Kinds kinds;
  private final PlatformRegistry registry;
  private final PlatformLedger ledger;
  private final SealedSettings sealed;
  private final Logins logins;
  private final MeterRegistry meters;
  private final Map<String, Live> live = new ConcurrentHashMap<>();
  private final Set<String> shown = new HashSet<>();

  /** A platform with the queue of grants that wait for it. */
  private record Live(LivePlatform platform, Batcher<PlatformLedger.Granted, Outcome> grants) {
    boolean isOf(Optional<Platform> known) {
      long version = platform.platform().version();
      return known.filter(latest -> latest.version() == version).isPresent();
    }
  }

  /** Connects to nothing before it is asked to. */
  public PlatformService(
      Vertx vertx,
      PlatformConfig config,
      Kinds kinds,
      PlatformRegistry registry,
      PlatformLedger ledger,
      Vault vault,
      Connections connections,
      MeterRegistry meters) {
    this.vertx = vertx;
    this.loop = ((VertxInternal) vertx).createEventLoopContext();
    this.config = config;
    this.kinds = kinds;
    this.registry = registry;
    this.ledger = ledger;
    this.sealed = new SealedSettings(vault);
    this.logins = new Logins(vault, connections);
    this.meters = meters;
  }

  @Override
  public Readiness readiness(String platformId) {
    Optional<Platform> known = registry.platform(platformId);
    if (known.isEmpty() || known.get().kind().equals(Kinds.HOOK)) {
      return Readiness.ASKS;
    }
    if (known.get().kind().equals(Kinds.STATIC)) {
      return Readiness.TRUSTS;
    }
    boolean away = live(platformId).map(l -> l.platform().isAway()).orElse(true);
    return away ? Readiness.AWAY : Readiness.PREPARES;
  }

  @Override
  public Future<Void> prepare(KeyRef key, String platformId, int connectionId) {
    return live(platformId)
        .map(l -> l.grants().submit(new PlatformLedger.Granted(key, platformId, connectionId)))
        .orElseGet(() -> Future.failedFuture(unusable(platformId)))
        .compose(
            outcome ->
                outcome instanceof Outcome.Failed failed
                    ? Future.failedFuture(
                        new PlatformException("platform " + platformId + ": " + failed.why()))
                    : Future.succeededFuture());
  }

  /** The platform's connector; empty if nothing is written into it, or its settings do not do. */
  Optional<LivePlatform> connected(String platformId) {
    return live(platformId).map(Live::platform);
  }

  /** Whether it answers with these settings; asks it now. */
  public Future<Void> check(String platformId) {
    return live(platformId)
        .map(l -> l.platform().check())
        .orElseGet(() -> Future.failedFuture(unusable(platformId)));
  }

  /** What failed last, while this node leaves it alone. */
  public Optional<String> whyAway(String platformId) {
    return Optional.ofNullable(live.get(platformId)).flatMap(l -> l.platform().whyAway());
  }

  /** What operators know of platforms. */
  public PlatformRegistry registry() {
    return registry;
  }

  /** Every kind there is. */
  public Kinds kinds() {
    return kinds;
  }

  Logins logins() {
    return logins;
  }

  /** Answers the grants that wait, then ends all connections. */
  public Future<Void> close() {
    List<Future<Void>> closed = live.values().stream().map(this::close).toList();
    live.clear();
    return Future.join(closed).mapEmpty();
  }

  private static PlatformException unusable(String platformId) {
    return new PlatformException(
        "platform " + platformId + " has no usable settings; see 'otakey admin platform show'");
  }

  private Optional<Live> live(String platformId) {
    Optional<Platform> known = registry.platform(platformId);
    Live present = live.get(platformId);
    if (present != null && present.isOf(known)) {
      return Optional.of(present);
    }
    return replace(platformId, known);
  }

  private synchronized Optional<Live> replace(String platformId, Optional<Platform> known) {
    Live present = live.get(platformId);
    if (present != null && present.isOf(known)) {
      return Optional.of(present);
    }
    if (present != null) {
      live.remove(platformId);
      close(present);
    }
    Optional<Live> fresh = known.flatMap(this::connect);
    fresh.ifPresent(l -> live.put(platformId, l));
    if (fresh.isPresent() && shown.add(platformId)) {
      show(platformId);
    }
    return fresh;
  }

  /** Of whichever connector there is at the time. */
  private void show(String id) {
    Metric.PLATFORM_AWAY.gauge(meters, this, now -> now.of(id, l -> l.isAway() ? 1 : 0), id);
    Metric.PLATFORM_CALLS_RUNNING.gauge(meters, this, now -> now.of(id, LivePlatform::running), id);
    Metric.PLATFORM_CALLS_WAITING.gauge(meters, this, now -> now.of(id, LivePlatform::waiting), id);
    Metric.PLATFORM_CALLS_LIMIT.gauge(meters, this, now -> now.of(id, LivePlatform::lanes), id);
  }

  private int of(String platformId, ToIntFunction<LivePlatform> number) {
    Live present = live.get(platformId);
    return present == null ? 0 : number.applyAsInt(present.platform());
  }

  private Optional<Live> connect(Platform platform) {
    Optional<ConnectorKind> kind = kinds.connector(platform.kind());
    Optional<Settings> settings = sealed.open(platform);
    if (kind.isPresent() && settings.isEmpty()) {
      LOG.error("the vault cannot open the secrets of platform {}: set them anew", platform.id());
    }
    return kind.flatMap(k -> settings.map(s -> connect(platform, k.connect(vertx, s))));
  }

  private Live connect(Platform platform, PlatformConnector connector) {
    LivePlatform connected =
        new LivePlatform(platform, connector, loop, config.callTimeout(), meters);
    BatcherConfig queue =
        new BatcherConfig(
            connector.lanes(),
            connector.maxBatch(),
            Duration.ZERO,
            Math.max(config.maxWaiting(), connector.maxBatch()),
            config.callTimeout(),
            1);
    return new Live(
        connected,
        new Batcher<>(
            vertx,
            "platform_" + platform.id(),
            queue,
            granted -> granted.key().hashCode(),
            new GrantWork(connected),
            meters));
  }

  private Future<Void> close(Live old) {
    return old.grants().close().transform(done -> old.platform().close());
  }

  /** Notes a batch of grants, then writes their logins. */
  private final class GrantWork implements BatchWork<PlatformLedger.Granted, Outcome> {
    private final LivePlatform platform;

    GrantWork(LivePlatform platform) {
      this.platform = platform;
    }

    @Override
    public Future<List<Optional<Outcome>>> run(List<PlatformLedger.Granted> grants) {
      return ledger
          .granted(grants, config.grantKept())
          .compose(
              noted ->
                  Each.known(
                      grants,
                      g -> logins.credential(g.key(), g.connectionId(), g.platformId()),
                      platform::prepareFirst))
          .map(outcomes -> new ArrayList<>(outcomes.stream().map(Optional::of).toList()));
    }

    @Override
    public OnFailure onFailure(Throwable failure) {
      return OnFailure.GIVE_UP;
    }

    @Override
    public Throwable refusal(Refused why) {
      return new PlatformException(
          "platform "
              + platform.platform().id()
              + switch (why) {
                case QUEUE_FULL -> ": too many grants wait for it";
                case TOO_OLD -> ": no answer in time";
                case TOO_MANY_TRIES, CLOSED -> ": its connector is being closed";
              });
    }

    @Override
    public Throwable failure(Throwable cause) {
      return cause;
    }
  }
}
