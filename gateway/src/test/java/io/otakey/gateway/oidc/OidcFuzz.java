package io.otakey.gateway.oidc;

import static org.assertj.core.api.Assertions.assertThat;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.JWSHeader;
import com.nimbusds.jose.JWSObject;
import com.nimbusds.jose.JWSSigner;
import com.nimbusds.jose.Payload;
import com.nimbusds.jose.crypto.ECDSASigner;
import com.nimbusds.jose.jwk.Curve;
import com.nimbusds.jose.jwk.ECKey;
import com.nimbusds.jose.jwk.JWKSet;
import com.nimbusds.jose.jwk.gen.ECKeyGenerator;
import io.otakey.protocol.fuzz.FuzzTarget;
import io.vertx.core.Future;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.Base64;
import java.util.List;
import java.util.Optional;

/** What somebody without any key sends as a token, what a provider may say, and shows as keys. */
public final class OidcFuzz implements FuzzTarget.Suite {
  private static final int EACH = 2000;
  private static final String ISSUER = "https://id.example";
  private static final String KEY = "k";

  private static final String CLAIMS =
      """
      {"iss":"https://id.example","aud":["otakey","b"],"sub":"alice","exp":4102444800,"iat":1,\
      "nbf":1.5,"realm_access":{"roles":["ops","x",1,null]}}""";
  private static final String[] HEADERS = {
    "{\"alg\":\"ES256\",\"kid\":\"k\",\"typ\":\"JWT\"}",
    "{\"alg\":\"none\"}",
    "{\"alg\":\"RS256\",\"kid\":\"k\",\"crit\":[\"b64\"],\"b64\":false,\"x5c\":[\"AA==\"]}",
    "{\"alg\":\"HS256\",\"jwk\":{\"kty\":\"oct\",\"k\":\"AA\"},\"kid\":\"\"}"
  };

  private final OidcTokens tokens;
  private final JWSSigner signer;
  private final String shown;

  /** With a key of its own. */
  public OidcFuzz() {
    try {
      ECKey key = new ECKeyGenerator(Curve.P_256).keyID(KEY).generate();
      signer = new ECDSASigner(key);
      shown = new JWKSet(key.toPublicJWK()).toString(true);
    } catch (JOSEException e) {
      throw new AssertionError(e);
    }
    OidcConfig config =
        new OidcConfig(
            ISSUER,
            "otakey",
            "realm_access.roles",
            "sub",
            List.of(OidcConfig.Grant.parse("ops=operator:meter").orElseThrow()),
            Optional.empty());
    String discovery = "{\"issuer\":\"" + ISSUER + "\",\"jwks_uri\":\"" + ISSUER + "/keys\"}";
    ProviderKeys keys =
        new ProviderKeys(
            ISSUER,
            address -> Future.succeededFuture(address.endsWith("/keys") ? shown : discovery),
            () -> 1);
    Clock clock = Clock.fixed(Instant.parse("2026-01-31T12:00:00Z"), ZoneOffset.UTC);
    tokens = new OidcTokens(config, keys, clock);
  }

  @Override
  public List<FuzzTarget> targets() {
    List<byte[]> whole = FuzzTarget.texts(raw(HEADERS[0]), raw(HEADERS[1]), "a.b.c", "..");
    return List.of(
        new FuzzTarget("oidc-token", EACH, whole, input -> refused(latin(input))),
        new FuzzTarget("oidc-header", EACH, FuzzTarget.texts(HEADERS), this::header),
        new FuzzTarget("oidc-claims", EACH / 10, FuzzTarget.texts(CLAIMS, "{}"), this::claims),
        new FuzzTarget("oidc-keys", EACH, FuzzTarget.texts(shown, KEYS), OidcFuzz::keys));
  }

  private static final String KEYS =
      """
      {"keys":[{"kty":"RSA","n":"AQAB","e":"AQAB","kid":"k","use":"sig","alg":"RS256","x5c":["AA=="]},\
      {"kty":"oct","k":"AA"},{"kty":"OKP","crv":"Ed25519","x":"AA"}]}""";

  private void header(byte[] header) {
    refused(base64(header) + "." + base64(CLAIMS.getBytes(StandardCharsets.UTF_8)) + ".AAAA");
  }

  /** Signed by the provider, whatever it says. */
  private void claims(byte[] claims) throws JOSEException {
    JWSHeader header = new JWSHeader.Builder(JWSAlgorithm.ES256).keyID(KEY).build();
    JWSObject token = new JWSObject(header, new Payload(claims));
    token.sign(signer);
    Future<Identity> identity = tokens.identify(token.serialize());
    if (identity.succeeded()) {
      assertThat(identity.result().name()).matches("oidc:\\P{Cntrl}{1,128}");
      assertThat(identity.result().products()).containsExactly("meter");
    } else {
      assertRefused(identity);
    }
  }

  /** Nobody signed it. */
  private void refused(String text) {
    if (OidcTokens.isToken(text)) {
      assertRefused(tokens.identify(text));
    }
  }

  private static void assertRefused(Future<Identity> identity) {
    assertThat(identity.cause()).isInstanceOf(OidcException.class);
    assertThat(identity.cause().getMessage()).isNotBlank();
  }

  private static void keys(byte[] document) {
    try {
      assertThat(ProviderKeys.parse(latin(document)).containsNonPublicKeys()).isFalse();
    } catch (IllegalArgumentException e) {
      assertThat(e.getMessage()).isNotBlank();
    }
  }

  private static String raw(String header) {
    return base64(header.getBytes(StandardCharsets.UTF_8))
        + "."
        + base64(CLAIMS.getBytes(StandardCharsets.UTF_8))
        + "."
        + base64(new byte[64]);
  }

  private static String base64(byte[] bytes) {
    return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
  }

  private static String latin(byte[] bytes) {
    return new String(bytes, StandardCharsets.ISO_8859_1);
  }
}
