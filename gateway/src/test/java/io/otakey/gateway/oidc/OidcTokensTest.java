package io.otakey.gateway.oidc;

import static org.assertj.core.api.Assertions.assertThat;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.crypto.MACSigner;
import com.nimbusds.jose.jwk.ECKey;
import com.nimbusds.jose.jwk.RSAKey;
import com.nimbusds.jwt.PlainJWT;
import io.otakey.gateway.registry.Role;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Date;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Tokens that are right, and all the ways to be wrong, against a provider that listens. */
class OidcTokensTest {
  private final Vertx vertx = Vertx.vertx();
  private final Context loop = vertx.getOrCreateContext();
  private final TestProvider provider = new TestProvider();
  private final OidcConfig config =
      provider.config("admins=admin", "ops=operator:meter", "ops2=operator:valve", "all=viewer");
  private final AtomicLong nanos = new AtomicLong(1);
  private final ProviderKeys keys =
      new ProviderKeys(
          provider.issuer(), new ProviderLink(vertx, config.caFile())::get, nanos::get);
  private final OidcTokens tokens = new OidcTokens(config, keys, Clock.systemUTC());

  @AfterEach
  void close() throws Exception {
    provider.close();
    vertx.close().toCompletionStage().toCompletableFuture().get(30, TimeUnit.SECONDS);
  }

  private static <T> T get(Future<T> future) throws ExecutionException {
    try {
      return future.toCompletionStage().toCompletableFuture().get(30, TimeUnit.SECONDS);
    } catch (InterruptedException | java.util.concurrent.TimeoutException e) {
      throw new AssertionError(e);
    }
  }

  /** On the one event loop. */
  private Future<Identity> identify(String token) {
    Promise<Identity> done = Promise.promise();
    loop.runOnContext(v -> tokens.identify(token).onComplete(done));
    return done.future();
  }

  private Identity taken(String token) {
    try {
      return get(identify(token));
    } catch (ExecutionException e) {
      throw new AssertionError("refused", e);
    }
  }

  private OidcException refused(String token) {
    try {
      Identity identity = get(identify(token));
      throw new AssertionError("taken, as " + identity);
    } catch (ExecutionException e) {
      if (!(e.getCause() instanceof OidcException refusal)) {
        throw new AssertionError("another failure", e);
      }
      assertThat(refusal.getMessage()).doesNotContain(token);
      return refusal;
    }
  }

  private void later(Duration time) {
    nanos.addAndGet(time.toNanos());
  }

  @Test
  void owners_mayWhatTheirValuesGive() {
    assertThat(taken(provider.token("u1", "admins")))
        .isEqualTo(new Identity("oidc:u1", Role.ADMIN, Set.of()));
    assertThat(taken(provider.token("u2", "all", "ops", "nothing", "ops2")))
        .as("the greatest role, and the products of all that give it")
        .isEqualTo(new Identity("oidc:u2", Role.OPERATOR, Set.of("meter", "valve")));
    assertThat(refused(provider.token("u3", "strangers")).getMessage()).contains("gives a role");
    assertThat(refused(provider.token("", "admins")).getMessage()).contains("names nobody");
    assertThat(refused(provider.token("a\nb", "admins")).getMessage()).contains("names nobody");
    assertThat(refused(TestProvider.sign(provider.claims("u"), provider.first())).passing())
        .isFalse();
    assertThat(provider.readings).as("one reading for all").hasValue(1);
  }

  @Test
  void ellipticCurves_areTaken() {
    ECKey key = TestProvider.curve("ec");
    provider.rotateTo(key);
    assertThat(taken(TestProvider.sign(provider.claims("u", "all"), key)).role())
        .isEqualTo(Role.VIEWER);
  }

  @Test
  void othersIssuersAudiencesAndTimes_areRefused() {
    RSAKey key = provider.first();
    Instant now = Instant.now();
    assertThat(
            refused(TestProvider.sign(provider.claims("u", "all").issuer("https://evil"), key))
                .getMessage())
        .contains("iss");
    assertThat(
            refused(TestProvider.sign(provider.claims("u", "all").audience("other"), key))
                .getMessage())
        .contains("aud");
    assertThat(provider.readings).as("for none of these keys are asked for").hasValue(0);
    assertThat(
            taken(
                TestProvider.sign(
                    provider.claims("u", "all").audience(List.of("other", "otakey")), key)))
        .isNotNull();
    Date past = Date.from(now.minusSeconds(90));
    Date justPast = Date.from(now.minusSeconds(20));
    assertThat(
            refused(TestProvider.sign(provider.claims("u", "all").expirationTime(past), key))
                .getMessage())
        .containsIgnoringCase("expired");
    taken(TestProvider.sign(provider.claims("u", "all").expirationTime(justPast), key));
    Date future = Date.from(now.plusSeconds(300));
    assertThat(
            refused(TestProvider.sign(provider.claims("u", "all").notBeforeTime(future), key))
                .getMessage())
        .contains("before");
    assertThat(
            refused(TestProvider.sign(provider.claims("u", "all").expirationTime(null), key))
                .getMessage())
        .contains("exp");
    OidcTokens tomorrow =
        new OidcTokens(config, keys, Clock.fixed(now.plusSeconds(86_400), ZoneOffset.UTC));
    assertThat(tomorrow.identify(provider.token("u", "all")).failed()).as("by the clock").isTrue();
  }

  @Test
  void forgedSignatures_areRefused() throws JOSEException {
    String right = provider.token("u", "admins");
    String plain = new PlainJWT(provider.claims("u", "admins").build()).serialize();
    assertThat(refused(plain).getMessage()).contains("no signed access token");
    byte[] publicKey = provider.first().toRSAPublicKey().getEncoded();
    String confused =
        TestProvider.signed(
            provider.claims("u", "admins"), new MACSigner(publicKey), JWSAlgorithm.HS256, "first");
    assertThat(refused(confused).getMessage()).contains("way that is not taken");
    RSAKey stranger = TestProvider.rsa("first");
    assertThat(refused(TestProvider.sign(provider.claims("u", "admins"), stranger)).getMessage())
        .contains("not its provider's");
    String[] parts = right.split("\\.", -1);
    String[] others = provider.token("u", "all").split("\\.", -1);
    assertThat(refused(parts[0] + "." + parts[1] + "." + others[2]).getMessage())
        .contains("not its provider's");
    ECKey curve = TestProvider.curve("first");
    assertThat(refused(TestProvider.sign(provider.claims("u", "admins"), curve)).getMessage())
        .contains("does not fit");
    assertThat(refused(parts[0] + "." + parts[1] + ".").passing()).isFalse();
    refused("a.b.c");
    refused("..");
  }

  @Test
  void tokensOverSize_andWithoutAKeysName_areRefused() {
    String large =
        TestProvider.sign(
            provider.claims("u", "admins").claim("x", "y".repeat(OidcTokens.MAX_TOKEN)),
            provider.first());
    assertThat(refused(large).getMessage()).contains("8192");
    String nameless =
        TestProvider.sign(
            provider.claims("u", "admins"), provider.first(), JWSAlgorithm.RS256, null);
    assertThat(refused(nameless).getMessage()).contains("kid");
  }

  @Test
  void aFloodOfUnknownKeys_asksTheProviderOnceAPause() throws Exception {
    RSAKey key = provider.first();
    List<Future<Identity>> flood = new ArrayList<>();
    for (int i = 0; i < 50; i++) {
      flood.add(
          identify(
              TestProvider.sign(
                  provider.claims("u", "admins"), key, JWSAlgorithm.RS256, "made-up-" + i)));
    }
    for (Future<Identity> one : flood) {
      boolean failed = get(one.transform(done -> Future.succeededFuture(done.failed())));
      assertThat(failed).isTrue();
    }
    assertThat(provider.readings).hasValue(1);
    later(ProviderKeys.PAUSE.minusSeconds(1));
    refused(TestProvider.sign(provider.claims("u"), key, JWSAlgorithm.RS256, "again"));
    assertThat(provider.readings).hasValue(1);
    later(Duration.ofSeconds(2));
    refused(TestProvider.sign(provider.claims("u"), key, JWSAlgorithm.RS256, "and again"));
    assertThat(provider.readings).hasValue(2);
    taken(provider.token("u", "admins"));
  }

  @Test
  void newKeys_areFound_andThoseTakenBackEnd() {
    String old = provider.token("u", "all");
    taken(old);
    RSAKey next = TestProvider.rsa("second");
    provider.rotateTo(next);
    later(ProviderKeys.PAUSE);
    taken(TestProvider.sign(provider.claims("u", "all"), next));
    assertThat(refused(old).passing()).as("until keys are read anew").isTrue();
    later(ProviderKeys.PAUSE);
    assertThat(refused(old).passing()).isFalse();
  }

  @Test
  void whileTheProviderIsAway_knownKeysGoOnForADay_andOthersAreToldSo() {
    taken(provider.token("u", "all"));
    provider.away(true);
    later(ProviderKeys.FRESH.plusMinutes(1));
    taken(provider.token("u", "all"));
    later(ProviderKeys.PAUSE);
    OidcException unknown =
        refused(TestProvider.sign(provider.claims("u", "all"), TestProvider.rsa("new")));
    assertThat(unknown.passing()).isTrue();
    assertThat(unknown.getMessage()).contains("cannot be asked");
    later(ProviderKeys.STALE);
    assertThat(refused(provider.token("u", "all")).passing()).isTrue();
    provider.away(false);
    later(ProviderKeys.PAUSE);
    taken(provider.token("u", "all"));
  }

  @Test
  void keysInUse_areReadAnewInTheBackground() throws Exception {
    taken(provider.token("u", "all"));
    provider.rotateTo(TestProvider.rsa("second"));
    later(ProviderKeys.FRESH.plusSeconds(1));
    RSAKey old = TestProvider.rsa("first");
    refused(TestProvider.sign(provider.claims("u", "all"), old));
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(30);
    while (provider.readings.get() < 2 && System.nanoTime() < end) {
      Thread.onSpinWait();
    }
    assertThat(provider.readings).hasValue(2);
  }

  @Test
  void aProviderThatSaysItIsAnother_orSaysTooMuch_isNotBelieved() {
    provider.claimIssuer("https://elsewhere");
    assertThat(refused(provider.token("u", "all")).passing()).isTrue();
    provider.claimIssuer("");
    provider.pad(ProviderLink.MAX_DOCUMENT);
    later(ProviderKeys.PAUSE);
    assertThat(refused(provider.token("u", "all")).passing()).isTrue();
    provider.pad(0);
    later(ProviderKeys.PAUSE);
    taken(provider.token("u", "all"));
  }
}
