package io.otakey.gateway.oidc;

import com.nimbusds.jose.jwk.JWK;
import com.nimbusds.jose.jwk.JWKSet;
import io.vertx.core.Future;
import io.vertx.core.json.JsonObject;
import java.text.ParseException;
import java.time.Duration;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The keys that the provider shows, found by discovery. Kept; read anew now and then, and when a
 * token names one that is not there, but never more often than {@link #PAUSE} allows. While the
 * provider is away those that are known go on for a day. One event loop's.
 */
final class ProviderKeys {
  /** Between two readings, whoever wants them. */
  static final Duration PAUSE = Duration.ofSeconds(10);

  /** After this they are read anew in the background. */
  static final Duration FRESH = Duration.ofMinutes(10);

  /** After this they are of no use: the provider may have taken one back. */
  static final Duration STALE = Duration.ofHours(24);

  private static final Logger LOG = LoggerFactory.getLogger(ProviderKeys.class);
  private static final int MOST = 100;

  private final String issuer;
  private final Function<String, Future<String>> link;
  private final LongSupplier nanoTime;

  private JWKSet keys = new JWKSet();
  private long readAt;
  private boolean everRead;
  private long triedAt;
  private boolean everTried;
  private @Nullable Future<Void> reading;
  private String trouble = "";

  /**
   * Keys of an issuer.
   *
   * @param link reads the document at an address
   */
  ProviderKeys(String issuer, Function<String, Future<String>> link, LongSupplier nanoTime) {
    this.issuer = issuer;
    this.link = link;
    this.nanoTime = nanoTime;
  }

  /** The key of this id; fails with {@link OidcException}. */
  Future<JWK> find(String kid) {
    Optional<JWK> known = known(kid);
    if (known.isPresent()) {
      if (age(readAt) > FRESH.toNanos() && mayRead()) {
        read();
      }
      return Future.succeededFuture(known.get());
    }
    if (reading == null && !mayRead()) {
      return Future.failedFuture(unread());
    }
    return (reading != null ? reading : read())
        .transform(
            done ->
                known(kid)
                    .map(Future::succeededFuture)
                    .orElseGet(() -> Future.failedFuture(missing())));
  }

  /** It may be newer than the last reading: whoever comes with it then is not guessing. */
  private OidcException unread() {
    return trouble.isEmpty()
        ? OidcException.later(
            "the token is signed with a key that its provider did not show when it was asked: try"
                + " again, it is asked every "
                + PAUSE.toSeconds()
                + " s at most")
        : away();
  }

  private OidcException missing() {
    return trouble.isEmpty()
        ? OidcException.wrong(
            "the token is signed with a key that its provider does not show: get a new token")
        : away();
  }

  private static OidcException away() {
    return OidcException.later(
        "the provider of identities cannot be asked for its keys now: try again, or use a token"
            + " of this gateway");
  }

  private Optional<JWK> known(String kid) {
    boolean usable = everRead && age(readAt) < STALE.toNanos();
    return usable ? Optional.ofNullable(keys.getKeyByKeyId(kid)) : Optional.empty();
  }

  private boolean mayRead() {
    return reading == null && (!everTried || age(triedAt) >= PAUSE.toNanos());
  }

  private long age(long since) {
    return nanoTime.getAsLong() - since;
  }

  private Future<Void> read() {
    everTried = true;
    triedAt = nanoTime.getAsLong();
    Future<Void> begun =
        link.apply(issuer.replaceAll("/$", "") + "/.well-known/openid-configuration")
            .map(this::keysAt)
            .compose(link)
            .map(ProviderKeys::parse)
            .onSuccess(this::take)
            .onFailure(this::complain)
            .mapEmpty();
    reading = begun;
    return begun.onComplete(done -> reading = null);
  }

  private String keysAt(String discovery) {
    JsonObject document = new JsonObject(discovery);
    if (!issuer.equals(document.getString("issuer"))) {
      throw new IllegalArgumentException("its configuration names another issuer");
    }
    return String.valueOf(document.getString("jwks_uri"));
  }

  static JWKSet parse(String text) {
    JWKSet keys;
    try {
      keys = JWKSet.parse(text);
    } catch (ParseException | RuntimeException e) { // a set that is null is a null pointer there
      throw new IllegalArgumentException("its keys are no JWK set", e);
    }
    if (keys.size() > MOST) {
      throw new IllegalArgumentException("more than " + MOST + " keys");
    }
    return keys.toPublicJWKSet();
  }

  private void take(JWKSet read) {
    keys = read;
    everRead = true;
    readAt = nanoTime.getAsLong();
    if (!trouble.isEmpty()) {
      LOG.info("the keys of {} can be read again", issuer);
    }
    trouble = "";
  }

  private void complain(Throwable failure) {
    String why = String.valueOf(failure.getMessage());
    if (!why.equals(trouble)) {
      LOG.warn("the keys of {} cannot be read, known ones go on for a day: {}", issuer, why);
    }
    trouble = why;
  }
}
