package io.otakey.gateway.recovery;

import io.otakey.gateway.registry.Height;
import io.otakey.gateway.registry.Recovery;
import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import java.io.IOException;
import java.util.Optional;
import java.util.UUID;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Looks at the database once a second: a fail-over may put another one, or an older state, in its
 * place. Deploy one instance before anything serves devices; its start is the first look.
 */
public final class Watch extends VerticleBase {
  private static final Logger LOG = LoggerFactory.getLogger(Watch.class);
  private static final long LOOK_MS = 1000;

  private final RecoveryConfig config;
  private final UUID installation;
  private final Recovery recovery;
  private volatile Memory memory;
  private volatile String held = "";
  private Memory written;
  private boolean looking;

  /** A watch that has not looked yet. */
  public Watch(RecoveryConfig config, UUID installation, Recovery recovery) {
    this.config = config;
    this.installation = installation;
    this.recovery = recovery;
    this.memory = Memory.none(installation);
    this.written = memory;
  }

  /** Why no device can be answered; empty while all can. From any thread. */
  public Optional<String> hold() {
    String now = held;
    return now.isEmpty() ? Optional.empty() : Optional.of(now);
  }

  /** What this node remembers, for what an operator orders. */
  public Recovery.Seen seen() {
    Memory now = memory;
    return new Recovery.Seen(now.choice(), now.generations());
  }

  /** The highest commit number that this node saw. */
  public long commits() {
    return memory.commits();
  }

  /** Whether a database belongs to this installation. */
  public boolean isMine(Height height) {
    return height.installation().equals(installation);
  }

  /** Whether every step needs a second admin. */
  public boolean twoPersons() {
    return config.twoPersons();
  }

  /** Fails while devices are held off. */
  public Future<Void> check() {
    return hold()
        .map(why -> Future.<Void>failedFuture(new IllegalStateException(why)))
        .orElseGet(Future::succeededFuture);
  }

  /** Looks now; completes when what an operator chose before the call is known here. */
  public Future<Void> look() {
    return recovery
        .height()
        .compose(this::judge)
        .recover(
            failure -> {
              if (failure instanceof IllegalStateException) {
                holdOff(String.valueOf(failure.getMessage()));
                return Future.succeededFuture();
              }
              return Future.failedFuture(failure);
            });
  }

  @Override
  public Future<?> start() {
    return vertx
        .executeBlocking(this::recall)
        .compose(
            recalled -> {
              memory = recalled;
              written = recalled;
              return look();
            })
        .onSuccess(looked -> vertx.setPeriodic(LOOK_MS, id -> tick()));
  }

  @Override
  public Future<?> stop() {
    return remember();
  }

  /** A memory of another installation says nothing about this one. */
  private Memory recall() {
    try {
      Optional<Memory> found = Memory.read(config.memory());
      if (found.isPresent() && !found.get().installation().equals(installation)) {
        LOG.warn(
            "{} is the memory of installation {}, and is begun anew",
            config.memory(),
            found.get().installation());
        return Memory.none(installation);
      }
      return found.orElseGet(() -> Memory.none(installation));
    } catch (IOException e) {
      LOG.error(
          "{} cannot be read ({}): whether the database is behind is not known to this node;"
              + " it remembers anew",
          config.memory(),
          e.getMessage());
      return Memory.none(installation);
    }
  }

  private void tick() {
    if (!looking) {
      looking = true;
      look()
          .compose(looked -> remember())
          .onFailure(failure -> LOG.debug("not looked: {}", failure.getMessage()))
          .onComplete(done -> looking = false);
    }
  }

  private synchronized Future<Void> judge(Height height) {
    Optional<String> doubts = memory.doubts(height, config.tolerance());
    if (doubts.isPresent()) {
      holdOff(doubts.get());
      return height.installation().equals(installation) && height.held().isEmpty()
          ? recovery.hold(doubts.get())
          : Future.succeededFuture();
    }
    if (height.held().isEmpty()) {
      memory = memory.seeing(height);
      if (!held.isEmpty()) {
        LOG.warn(
            "devices are served again: {} commits, choice {}", height.commits(), memory.choice());
        held = "";
      }
    } else {
      holdOff(height.held());
    }
    return Future.succeededFuture();
  }

  private void holdOff(String why) {
    if (held.isEmpty()) {
      LOG.error(
          "DEVICES ARE HELD OFF: {}. Choose: 'otakey admin recovery go-on', 'recover' or"
              + " 'start-afresh'; look at 'otakey admin recovery status' first",
          why);
    }
    held = why;
  }

  private Future<Void> remember() {
    Memory now = memory;
    if (now.equals(written)) {
      return Future.succeededFuture();
    }
    return vertx
        .<Void>executeBlocking(
            () -> {
              now.write(config.memory());
              return null;
            })
        .onSuccess(done -> written = now)
        .onFailure(
            failure -> LOG.warn("{} cannot be written: {}", config.memory(), failure.getMessage()));
  }
}
