package io.otakey.gateway.platform;

import io.otakey.gateway.registry.Lease;
import io.otakey.protocol.wire.DeviceRef;
import io.otakey.protocol.wire.LoginName;
import io.vertx.core.Future;
import java.util.List;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Compares a platform with the registry: first the ledger with the rows of devices, then the
 * platform with the ledger, where the platform can say what is there. What differs becomes owed.
 * One event loop's.
 */
final class Reconciler {
  private static final Logger LOG = LoggerFactory.getLogger(Reconciler.class);
  private static final int CHUNK = 2000;

  private final PlatformLedger ledger;
  private final PlatformService service;

  Reconciler(PlatformLedger ledger, PlatformService service) {
    this.ledger = ledger;
    this.service = service;
  }

  /** Runs a comparison; one that fails says why and is tried again. */
  Future<Void> run(Lease lease, Reconciliation asked) {
    Optional<LivePlatform> platform = service.connected(asked.platformId());
    if (platform.isEmpty() || platform.get().isAway()) {
      return Future.succeededFuture();
    }
    return sweep(lease, asked.platformId(), Optional.empty())
        .compose(swept -> ledger.begin(lease, asked.platformId()))
        .map(run -> begun(asked, run))
        .compose(
            begun ->
                platform.get().lists()
                    ? list(lease, platform.get(), begun, Optional.empty())
                    : Future.succeededFuture(begun))
        .compose(found -> ledger.reconciled(lease, found))
        .onSuccess(done -> LOG.info("platform {} was compared", asked.platformId()))
        .recover(failure -> failed(lease, asked, String.valueOf(failure.getMessage())));
  }

  private Future<Void> failed(Lease lease, Reconciliation asked, String why) {
    LOG.warn("platform {} not compared: {}", asked.platformId(), why);
    return ledger.notReconciled(lease, asked.platformId(), why);
  }

  private static Reconciliation begun(Reconciliation asked, long run) {
    return new Reconciliation(
        asked.platformId(), run, asked.askedAt(), Optional.empty(), false, 0, 0, 0, 0, "");
  }

  private Future<Void> sweep(Lease lease, String platformId, Optional<DeviceRef> after) {
    return ledger
        .sweep(lease, platformId, after, CHUNK)
        .compose(
            last -> last.isPresent() ? sweep(lease, platformId, last) : Future.succeededFuture());
  }

  private Future<Reconciliation> list(
      Lease lease, LivePlatform platform, Reconciliation soFar, Optional<String> page) {
    return platform
        .list(page)
        .compose(
            names ->
                count(lease, soFar, names.names())
                    .compose(
                        found ->
                            names.next().isPresent()
                                ? list(lease, platform, found, names.next())
                                : Future.succeededFuture(found)));
  }

  private Future<Reconciliation> count(Lease lease, Reconciliation soFar, List<String> names) {
    List<LoginName> ours = names.stream().map(LoginName::parse).flatMap(Optional::stream).toList();
    return ledger
        .seen(lease, soFar.platformId(), soFar.run(), ours)
        .map(
            seen ->
                new Reconciliation(
                    soFar.platformId(),
                    soFar.run(),
                    soFar.askedAt(),
                    Optional.empty(),
                    true,
                    soFar.names() + names.size(),
                    soFar.foreign() + names.size() - ours.size() + seen.foreign(),
                    0,
                    soFar.extra() + seen.extra(),
                    ""));
  }
}
