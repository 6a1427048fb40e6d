package io.otakey.gateway.oidc;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.JWSVerifier;
import com.nimbusds.jose.crypto.ECDSAVerifier;
import com.nimbusds.jose.crypto.RSASSAVerifier;
import com.nimbusds.jose.jwk.ECKey;
import com.nimbusds.jose.jwk.JWK;
import com.nimbusds.jose.jwk.KeyUse;
import com.nimbusds.jose.jwk.RSAKey;
import com.nimbusds.jwt.JWTClaimsSet;
import com.nimbusds.jwt.SignedJWT;
import com.nimbusds.jwt.proc.BadJWTException;
import com.nimbusds.jwt.proc.DefaultJWTClaimsVerifier;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.text.ParseException;
import java.time.Clock;
import java.util.Date;
import java.util.Set;

/** Judges access tokens of the provider. Never blocks; one event loop's. */
public final class OidcTokens {
  /** Longest token, in characters. */
  public static final int MAX_TOKEN = 8192;

  private static final int SKEW_SECONDS = 60;
  private static final int MAX_KEY_ID = 256;
  private static final int MIN_RSA_BITS = 2048;

  /** Signatures with a private key; neither none nor one with a shared secret is among them. */
  private static final Set<JWSAlgorithm> ALGORITHMS =
      Set.of(
          JWSAlgorithm.RS256,
          JWSAlgorithm.RS384,
          JWSAlgorithm.RS512,
          JWSAlgorithm.PS256,
          JWSAlgorithm.PS384,
          JWSAlgorithm.PS512,
          JWSAlgorithm.ES256,
          JWSAlgorithm.ES384,
          JWSAlgorithm.ES512);

  private final ProviderKeys keys;
  private final Owner owner;
  private final DefaultJWTClaimsVerifier<?> claims;

  /** Connects when a token comes. */
  public OidcTokens(Vertx vertx, OidcConfig config) {
    this(
        config,
        new ProviderKeys(
            config.issuer(), new ProviderLink(vertx, config.caFile())::get, System::nanoTime),
        Clock.systemUTC());
  }

  OidcTokens(OidcConfig config, ProviderKeys keys, Clock clock) {
    this.keys = keys;
    this.owner = new Owner(config);
    this.claims = claims(config, clock);
  }

  private static DefaultJWTClaimsVerifier<?> claims(OidcConfig config, Clock clock) {
    JWTClaimsSet exactly = new JWTClaimsSet.Builder().issuer(config.issuer()).build();
    var verifier =
        new DefaultJWTClaimsVerifier<>(
            Set.of(config.audience()), exactly, Set.of("sub", "exp"), Set.of()) {
          @Override
          protected Date currentTime() {
            return Date.from(clock.instant());
          }
        };
    verifier.setMaxClockSkew(SKEW_SECONDS);
    return verifier;
  }

  /** Whether a text looks like one of these tokens, right or wrong. */
  public static boolean isToken(String text) {
    int first = text.indexOf('.');
    return first > 0 && text.indexOf('.', first + 1) > first;
  }

  /** Who it was given to; fails with {@link OidcException}. */
  public Future<Identity> identify(String text) {
    try {
      SignedJWT token = parse(text);
      JWTClaimsSet said = said(token);
      return keys.find(token.getHeader().getKeyID())
          .compose(
              key -> {
                try {
                  verify(token, key);
                  return Future.succeededFuture(owner.of(said));
                } catch (OidcException e) {
                  return Future.failedFuture(e);
                }
              });
    } catch (OidcException e) {
      return Future.failedFuture(e);
    }
  }

  private static SignedJWT parse(String text) throws OidcException {
    if (text.length() > MAX_TOKEN) {
      throw OidcException.wrong("the token has more than " + MAX_TOKEN + " characters");
    }
    try {
      SignedJWT token = SignedJWT.parse(text);
      String kid = token.getHeader().getKeyID();
      if (!ALGORITHMS.contains(token.getHeader().getAlgorithm())) {
        throw OidcException.wrong(
            "the token is signed in a way that is not taken: use RS, PS or ES");
      }
      if (kid == null || kid.isEmpty() || kid.length() > MAX_KEY_ID) {
        throw OidcException.wrong("the token does not say which key signed it (kid)");
      }
      return token;
    } catch (ParseException | RuntimeException e) { // a header that is null is a null pointer there
      throw OidcException.wrong(
          "that is no signed access token (JWT): send the provider's as it is");
    }
  }

  /** Before a key is looked for: nobody else's token makes the gateway ask the provider. */
  private JWTClaimsSet said(SignedJWT token) throws OidcException {
    try {
      JWTClaimsSet said = token.getJWTClaimsSet();
      claims.verify(said, null);
      return said;
    } catch (BadJWTException e) {
      throw OidcException.wrong("the token is refused: " + e.getMessage());
    } catch (ParseException | RuntimeException e) {
      throw OidcException.wrong("the token holds no claims");
    }
  }

  private static void verify(SignedJWT token, JWK key) throws OidcException {
    boolean signs = key.getKeyUse() == null || key.getKeyUse().equals(KeyUse.SIGNATURE);
    boolean meant =
        key.getAlgorithm() == null || key.getAlgorithm().equals(token.getHeader().getAlgorithm());
    try {
      if (!signs || !meant || !token.verify(verifier(key))) {
        throw OidcException.wrong("the token's signature is not its provider's");
      }
    } catch (JOSEException | IllegalArgumentException | IllegalStateException e) {
      throw OidcException.wrong("the token's signature does not fit its provider's key");
    }
  }

  private static JWSVerifier verifier(JWK key) throws JOSEException {
    if (key instanceof RSAKey rsa && rsa.size() >= MIN_RSA_BITS) {
      return new RSASSAVerifier(rsa);
    }
    if (key instanceof ECKey curve) {
      return new ECDSAVerifier(curve);
    }
    throw new JOSEException("a key of a kind that is not taken");
  }
}
