package io.otakey.gateway.platform;

import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;

/** A platform in memory, with the bad days of real ones; its connectors all lead to it. */
public final class SimulatedPlatform {
  /** How it answers. */
  public enum Mood {
    WELL,
    /** Nothing is done. */
    AWAY,
    /** Nothing is answered. */
    SILENT,
    /** It is done, and then the answer is lost. */
    MUMBLING,
    /** Every second login is refused. */
    PICKY,
    /**
     * A call with more than one login fails as a whole, as does the login that it does not like.
     */
    FRAGILE
  }

  /** A kind of platform whose setting {@code at} says which of these it is. */
  public static final class Kind implements ConnectorKind {
    private final Map<String, SimulatedPlatform> platforms = new ConcurrentHashMap<>();

    /** The platform of this name. */
    public SimulatedPlatform at(String name) {
      return platforms.computeIfAbsent(name, n -> new SimulatedPlatform());
    }

    @Override
    public String name() {
      return "simulated";
    }

    @Override
    public List<Setting> settings() {
      return List.of(
          new Setting("at", true, false, "which one"),
          new Setting("password", false, true, "any secret"),
          NOTIFY);
    }

    @Override
    public void validate(Settings settings, List<String> problems) {
      if (settings.get("at", "").contains(" ")) {
        problems.add("at must not contain spaces");
      }
    }

    @Override
    public PlatformConnector connect(Vertx vertx, Settings settings) {
      SimulatedPlatform platform = at(settings.get("at").orElseThrow());
      platform.password = settings.get("password");
      platform.connected.incrementAndGet();
      return platform.new Connector();
    }
  }

  public static final int MAX_BATCH = 8;
  public static final int LANES = 2;

  /** Secrets by login name. */
  public final Map<String, String> logins = new ConcurrentSkipListMap<>();

  /** Topics that devices were told on. */
  public final List<String> told = new CopyOnWriteArrayList<>();

  public final AtomicInteger calls = new AtomicInteger();
  public final AtomicInteger connected = new AtomicInteger();
  public volatile Mood mood = Mood.WELL;
  public volatile boolean listable = true;
  public volatile String disliked = "";
  public volatile Optional<String> password = Optional.empty();

  /** What a connector did that it must not. */
  public volatile String abuse = "";

  private final AtomicInteger underWay = new AtomicInteger();

  private final class Connector implements PlatformConnector {
    @Override
    public int maxBatch() {
      return MAX_BATCH;
    }

    @Override
    public int lanes() {
      return LANES;
    }

    @Override
    public Future<List<Outcome>> prepare(List<Credential> credentials) {
      return call(credentials, c -> logins.put(c.login().name(), c.secret()));
    }

    @Override
    public Future<List<Outcome>> retire(List<Login> gone) {
      return call(gone, login -> logins.remove(login.name()));
    }

    @Override
    public Future<List<Outcome>> notify(List<Login> logins) {
      return call(logins, login -> told.add(login.noticeTopic()));
    }

    private <I> Future<List<Outcome>> call(List<I> items, Consumer<I> step) {
      calls.incrementAndGet();
      if (items.isEmpty() || items.size() > MAX_BATCH || underWay.incrementAndGet() > LANES) {
        abuse = items.size() + " logins, " + underWay + " calls at once";
      }
      return answer(items, step).onComplete(done -> underWay.decrementAndGet());
    }

    private <I> Future<List<Outcome>> answer(List<I> items, Consumer<I> step) {
      List<Outcome> outcomes = new ArrayList<>();
      switch (mood) {
        case AWAY -> {
          return Future.failedFuture("connection refused");
        }
        case SILENT -> {
          underWay.decrementAndGet(); // its caller has long gone
          return Promise.<List<Outcome>>promise().future();
        }
        case MUMBLING -> {
          items.forEach(step);
          return Future.failedFuture("connection reset");
        }
        case PICKY -> {
          for (int i = 0; i < items.size(); i++) {
            outcomes.add(i % 2 == 0 ? new Outcome.Failed("no room") : done(step, items.get(i)));
          }
        }
        case FRAGILE -> {
          if (items.stream().anyMatch(item -> item.toString().contains(disliked))) {
            return Future.failedFuture("500");
          }
          items.forEach(item -> outcomes.add(done(step, item)));
        }
        case WELL -> items.forEach(item -> outcomes.add(done(step, item)));
      }
      return Future.succeededFuture(outcomes);
    }

    private static <I> Outcome done(Consumer<I> step, I item) {
      step.accept(item);
      return Outcome.DONE;
    }

    @Override
    public boolean lists() {
      return listable;
    }

    @Override
    public Future<Names> list(Optional<String> page) {
      if (mood != Mood.WELL) {
        return Future.failedFuture("connection refused");
      }
      List<String> names =
          new TreeMap<>(logins)
              .keySet().stream()
                  .filter(name -> name.compareTo(page.orElse("")) > 0)
                  .limit(5)
                  .toList();
      return Future.succeededFuture(
          new Names(names, names.size() < 5 ? Optional.empty() : Optional.of(names.get(4))));
    }

    @Override
    public Future<Void> check() {
      return mood == Mood.AWAY || mood == Mood.SILENT
          ? Future.failedFuture("connection refused")
          : Future.succeededFuture();
    }

    @Override
    public Future<Void> close() {
      connected.decrementAndGet();
      return Future.succeededFuture();
    }
  }
}
