package io.otakey.gateway.oidc;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JOSEObjectType;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.JWSHeader;
import com.nimbusds.jose.JWSSigner;
import com.nimbusds.jose.crypto.ECDSASigner;
import com.nimbusds.jose.crypto.RSASSASigner;
import com.nimbusds.jose.jwk.Curve;
import com.nimbusds.jose.jwk.ECKey;
import com.nimbusds.jose.jwk.JWK;
import com.nimbusds.jose.jwk.JWKSet;
import com.nimbusds.jose.jwk.RSAKey;
import com.nimbusds.jose.jwk.gen.ECKeyGenerator;
import com.nimbusds.jose.jwk.gen.RSAKeyGenerator;
import com.nimbusds.jwt.JWTClaimsSet;
import com.nimbusds.jwt.SignedJWT;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Date;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** A provider of identities: discovery, keys, and whatever tokens a test wants. */
public final class TestProvider implements AutoCloseable {
  /** What tokens are meant for. */
  public static final String AUDIENCE = "otakey";

  /** How often its keys were asked for. */
  public final AtomicInteger readings = new AtomicInteger();

  private static final RSAKey OWN = rsa();
  private static final RSAKey OTHER = rsa();

  private final HttpServer server;
  private final List<JWK> shown = new CopyOnWriteArrayList<>();
  private volatile boolean away;
  private volatile String claimedIssuer = "";
  private volatile String padding = "";

  /** With one key, {@code first}. */
  public TestProvider() {
    try {
      server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    server.createContext(
        "/realm/.well-known/openid-configuration",
        exchange ->
            answer(
                exchange,
                "{\"issuer\":\""
                    + (claimedIssuer.isEmpty() ? issuer() : claimedIssuer)
                    + "\",\"jwks_uri\":\""
                    + issuer()
                    + "/keys\"}"));
    server.createContext(
        "/realm/keys",
        exchange -> {
          readings.incrementAndGet();
          answer(exchange, new JWKSet(new ArrayList<>(shown)).toString(true) + padding);
        });
    server.start();
    shown.add(new RSAKey.Builder(OWN).keyID("first").build());
  }

  private void answer(HttpExchange exchange, String text) throws IOException {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    exchange.sendResponseHeaders(away ? 503 : 200, bytes.length);
    exchange.getResponseBody().write(bytes);
    exchange.close();
  }

  /** As its tokens have it. */
  public String issuer() {
    return "http://127.0.0.1:" + server.getAddress().getPort() + "/realm";
  }

  /** Takes tokens of this provider. */
  public OidcConfig config(String... grants) {
    return new OidcConfig(
        issuer(),
        AUDIENCE,
        "realm_access.roles",
        "sub",
        Stream.of(grants).map(text -> OidcConfig.Grant.parse(text).orElseThrow()).toList(),
        Optional.empty());
  }

  /** Whether it answers. */
  public void away(boolean value) {
    away = value;
  }

  void claimIssuer(String issuer) {
    claimedIssuer = issuer;
  }

  void pad(int bytes) {
    padding = " ".repeat(bytes);
  }

  /** Shows this key and no other any more. */
  public void rotateTo(JWK key) {
    shown.add(key);
    shown.removeIf(other -> !other.equals(key));
  }

  RSAKey first() {
    return (RSAKey) shown.get(0);
  }

  private static RSAKey rsa() {
    try {
      return new RSAKeyGenerator(2048).generate();
    } catch (JOSEException e) {
      throw new AssertionError(e);
    }
  }

  /** A key that it does not show at first, whatever its id. */
  public static RSAKey rsa(String id) {
    return new RSAKey.Builder(OTHER).keyID(id).build();
  }

  static ECKey curve(String id) {
    try {
      return new ECKeyGenerator(Curve.P_256).keyID(id).generate();
    } catch (JOSEException e) {
      throw new AssertionError(e);
    }
  }

  /** Claims of a token that is right. */
  public JWTClaimsSet.Builder claims(String subject, String... roles) {
    return new JWTClaimsSet.Builder()
        .issuer(issuer())
        .audience(AUDIENCE)
        .subject(subject)
        .expirationTime(Date.from(Instant.now().plusSeconds(600)))
        .claim("realm_access", Map.of("roles", List.of(roles)));
  }

  /** A token that is right. */
  public String token(String subject, String... roles) {
    return sign(claims(subject, roles), first());
  }

  /** A token with these claims, signed with the key as it names itself. */
  public static String sign(JWTClaimsSet.Builder claims, JWK key) {
    boolean rsa = key instanceof RSAKey;
    return sign(claims, key, rsa ? JWSAlgorithm.RS256 : JWSAlgorithm.ES256, key.getKeyID());
  }

  static String sign(
      JWTClaimsSet.Builder claims, JWK key, JWSAlgorithm algorithm, @Nullable String id) {
    try {
      JWSSigner signer =
          key instanceof RSAKey rsa ? new RSASSASigner(rsa) : new ECDSASigner((ECKey) key);
      return signed(claims, signer, algorithm, id);
    } catch (JOSEException e) {
      throw new AssertionError(e);
    }
  }

  static String signed(
      JWTClaimsSet.Builder claims, JWSSigner signer, JWSAlgorithm algorithm, @Nullable String id) {
    JWSHeader header =
        new JWSHeader.Builder(algorithm).type(new JOSEObjectType("at+jwt")).keyID(id).build();
    SignedJWT token = new SignedJWT(header, claims.build());
    try {
      token.sign(signer);
    } catch (JOSEException e) {
      throw new AssertionError(e);
    }
    return token.serialize();
  }

  @Override
  public void close() {
    server.stop(0);
  }
}
