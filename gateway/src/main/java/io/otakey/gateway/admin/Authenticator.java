package io.otakey.gateway.admin;

import io.otakey.gateway.oidc.OidcException;
import io.otakey.gateway.oidc.OidcTokens;
import io.otakey.gateway.registry.ApiToken;
import io.otakey.gateway.registry.ApiTokens;
import io.otakey.gateway.registry.Role;
import io.vertx.core.Future;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/** Tells from a request's token who calls. Event loop of the API only. */
final class Authenticator {
  private static final String SCHEME = "Bearer ";

  private final ApiTokens tokens;
  private final List<BootstrapToken> bootstrap;
  private final Optional<OidcTokens> oidc;
  private final FailedLogins failed;

  Authenticator(
      ApiTokens tokens,
      List<BootstrapToken> bootstrap,
      Optional<OidcTokens> oidc,
      LongSupplier nanoTime) {
    this.tokens = tokens;
    this.bootstrap = bootstrap;
    this.oidc = oidc;
    this.failed = new FailedLogins(nanoTime);
  }

  /**
   * The caller; fails with a 401, or with a 429 where too many wrong tokens came from the address.
   *
   * @param header value of the Authorization header
   */
  Future<Caller> caller(@Nullable String header, String address) {
    if (header == null) {
      return Future.failedFuture(
          unauthenticated("no token came along: send 'Authorization: Bearer <token>'"));
    }
    String text =
        header.regionMatches(true, 0, SCHEME, 0, SCHEME.length())
            ? header.substring(SCHEME.length()).strip()
            : "";
    if (oidc.isPresent() && OidcTokens.isToken(text)) {
      return identified(oidc.get(), text, address);
    }
    Optional<byte[]> hash = ApiTokenText.hash(text);
    String name = hash.map(HexFormat.of()::formatHex).orElse("");
    long wait = failed.secondsToWait(address, name);
    if (wait > 0) {
      return Future.failedFuture(tooMany(wait));
    }
    if (hash.isEmpty()) {
      failed.add(address);
      return Future.failedFuture(
          unauthenticated("that is no token: send 'Authorization: Bearer' and 64 hex digits"));
    }
    return authenticate(hash.get(), address)
        .compose(
            caller -> {
              if (caller.isEmpty()) {
                failed.add(address);
                return Future.failedFuture(
                    unauthenticated(
                        "the token is not known, expired or revoked: ask an administrator for a"
                            + " new one"));
              }
              failed.remember(name);
              return Future.succeededFuture(caller.get());
            });
  }

  private Future<Caller> identified(OidcTokens provider, String text, String address) {
    String name =
        HexFormat.of().formatHex(ApiTokenText.sha256(text.getBytes(StandardCharsets.UTF_8)));
    long wait = failed.secondsToWait(address, name);
    if (wait > 0) {
      return Future.failedFuture(tooMany(wait));
    }
    return provider
        .identify(text)
        .map(
            owner -> {
              failed.remember(name);
              return new Caller(owner.name(), owner.role(), owner.products(), address);
            })
        .recover(
            failure ->
                Future.failedFuture(
                    failure instanceof OidcException known ? refused(known, address) : failure));
  }

  /** Nobody is locked out because the provider is away. */
  private ProblemException refused(OidcException failure, String address) {
    String why = String.valueOf(failure.getMessage());
    if (failure.passing()) {
      return Problem.of(Problem.Kind.UNAVAILABLE, why).header("Retry-After", "10").exception();
    }
    failed.add(address);
    return unauthenticated(why);
  }

  private Future<Optional<Caller>> authenticate(byte[] hash, String address) {
    if (bootstrap.stream().anyMatch(token -> token.is(hash))) {
      return Future.succeededFuture(
          Optional.of(new Caller(BootstrapToken.NAME, Role.ADMIN, Set.of(), address)));
    }
    return tokens.authenticate(hash).map(found -> found.map(token -> caller(token, address)));
  }

  private static Caller caller(ApiToken token, String address) {
    return new Caller(token.name(), token.role(), token.products(), address);
  }

  private static ProblemException unauthenticated(String detail) {
    return Problem.of(Problem.Kind.UNAUTHENTICATED, detail)
        .header("WWW-Authenticate", "Bearer realm=\"otakey\"")
        .exception();
  }

  private static ProblemException tooMany(long seconds) {
    return Problem.of(
            Problem.Kind.TOO_MANY,
            "too many wrong tokens came from this address: try again in " + seconds + " s")
        .header("Retry-After", Long.toString(seconds))
        .exception();
  }
}
