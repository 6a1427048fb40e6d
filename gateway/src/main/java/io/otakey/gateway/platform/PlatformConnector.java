package io.otakey.gateway.platform;

import io.vertx.core.Future;
import java.util.List;
import java.util.Optional;

/**
 * Makes logins exist on one platform, and not exist. Everything is idempotent: a login that is
 * there already, or gone already, is done. A connector neither repeats nor remembers: time-outs,
 * repetition, breaker and queue are its caller's, who calls it with at most {@link #maxBatch}
 * logins and at most {@link #lanes} times at once. Called on one event loop, never blocks.
 *
 * <p>A future that fails says that the platform as a whole does not answer, or not as it should;
 * its message names fault and remedy and holds no secret. Otherwise it has one outcome for each
 * login, in order.
 */
public interface PlatformConnector {
  /** Most logins in one call, at least 1. */
  int maxBatch();

  /** Most calls at once that do the platform any good, at least 1. */
  int lanes();

  /** These logins work from now on, beside others of the same devices. */
  Future<List<Outcome>> prepare(List<Credential> credentials);

  /** These logins were right and are refused from now on; their sessions end. */
  Future<List<Outcome>> retire(List<Login> logins);

  /** These logins were prepared for grants that came to nothing. */
  default Future<List<Outcome>> rollback(List<Login> logins) {
    return retire(logins);
  }

  /**
   * Tells devices that something waits at the gateway, by an empty message on each one's {@link
   * Login#noticeTopic}. Whether one hears it is nobody's promise. Called only where the setting
   * {@link ConnectorKind#NOTIFY} is on.
   */
  default Future<List<Outcome>> notify(List<Login> logins) {
    return Future.failedFuture(
        new UnsupportedOperationException("this platform takes no messages"));
  }

  /** Whether {@link #list} can say what is there. */
  default boolean lists() {
    return false;
  }

  /**
   * Names on the platform, whoever made them, page by page in any order.
   *
   * @param page what the last page said, empty for the first
   */
  default Future<Names> list(Optional<String> page) {
    return Future.failedFuture(new UnsupportedOperationException("this platform cannot be listed"));
  }

  /**
   * A page of names.
   *
   * @param next how to ask for the next page; empty after the last
   */
  record Names(List<String> names, Optional<String> next) {}

  /** Whether the platform answers and lets the connector do what it must; changes nothing. */
  Future<Void> check();

  /** Ends its connections. */
  Future<Void> close();
}
