package io.otakey.gateway.recovery;

import io.micrometer.core.instrument.MeterRegistry;
import io.otakey.gateway.metric.Metric;
import io.otakey.gateway.registry.VaultMark;
import io.otakey.gateway.vault.Vault;
import io.otakey.gateway.vault.VaultContents;
import io.otakey.gateway.vault.VaultContents.Kind;
import io.otakey.gateway.vault.VaultException;
import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import java.util.function.ToIntFunction;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Follows the vault that is in force, once a second: what an operator took over on one node, every
 * node takes over as soon as its own file holds just that. Deploy one instance.
 */
public final class VaultWatch extends VerticleBase {
  private static final Logger LOG = LoggerFactory.getLogger(VaultWatch.class);
  private static final long LOOK_MS = 1000;

  private final Vault vault;
  private final VaultMark mark;
  private final MeterRegistry meters;
  private volatile boolean behind;
  private boolean looking;
  private String told = "";

  /** Looks once it is deployed. */
  public VaultWatch(Vault vault, VaultMark mark, MeterRegistry meters) {
    this.vault = vault;
    this.mark = mark;
    this.meters = meters;
  }

  @Override
  public Future<?> start() {
    Metric.VAULT_BEHIND.gauge(meters, this, watch -> watch.behind ? 1 : 0);
    show("root_secret", VaultContents::newestRoot);
    show("allocation_secret", contents -> granting(contents, Kind.ALLOCATION_SECRET));
    show("gateway_key", contents -> granting(contents, Kind.GATEWAY_KEY));
    vertx.setPeriodic(0, LOOK_MS, id -> tick());
    return Future.succeededFuture();
  }

  private void show(String kind, ToIntFunction<VaultContents> number) {
    Metric.VAULT_NEWEST.gauge(meters, vault, now -> number.applyAsInt(now.contents()), kind);
  }

  private static int granting(VaultContents contents, Kind kind) {
    return contents.entries(kind).stream()
        .filter(entry -> entry.state() == VaultContents.State.GRANTING)
        .mapToInt(VaultContents.Entry::id)
        .findFirst()
        .orElse(0);
  }

  private void tick() {
    if (!looking) {
      looking = true;
      VaultContents held = vault.contents();
      mark.inForce(held.mark())
          .compose(inForce -> follow(held, inForce))
          .onFailure(failure -> LOG.debug("not looked: {}", failure.getMessage()))
          .onComplete(done -> looking = false);
    }
  }

  private Future<Void> follow(VaultContents held, String inForce) {
    if (held.mark().equals(inForce)) {
      behind = false;
      told = "";
      return Future.succeededFuture();
    }
    if (!vault.contents().mark().equals(held.mark())) {
      return Future.succeededFuture(); // taken over while the question was under way: look again
    }
    return vertx
        .executeBlocking(() -> take(inForce), false)
        .map(
            why -> {
              tell(why);
              return null;
            });
  }

  /** Only what somebody looked at and took over elsewhere; why not, or empty. Reads a file. */
  private String take(String inForce) {
    try {
      VaultContents fresh = vault.waiting();
      if (!fresh.mark().equals(inForce)) {
        return "its file holds another one";
      }
      vault.use(fresh);
      LOG.info("the vault that was put in force is used here now");
      return "";
    } catch (VaultException e) {
      return String.valueOf(e.getMessage());
    }
  }

  private void tell(String why) {
    behind = !why.isEmpty();
    if (behind && !why.equals(told)) {
      LOG.error(
          "this node does not use the vault in force: {}. Copy the vault's file here, or, if this"
              + " is the newer one, run 'otakey admin vault reload' on this node",
          why);
    }
    told = why;
  }
}
