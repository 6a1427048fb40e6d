package io.otakey.gateway.admin;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.nimbusds.jose.jwk.RSAKey;
import io.otakey.gateway.oidc.TestProvider;
import io.otakey.gateway.registry.Role;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Operators who come with an access token of their provider. */
@ExtendWith(AdminBed.Extension.class)
class OidcLoginTest {
  private final TestProvider provider = new TestProvider();

  @AfterEach
  void close() {
    provider.close();
  }

  private String open(AdminBed bed, String... grants) {
    AdminConfig config = AdminConfig.DEFAULT.withPort(0).withOidc(provider.config(grants));
    return "http://127.0.0.1:" + bed.deploy(config, bed.services(List.of())).port();
  }

  private ApiClient with(String url, String token) {
    return new ApiClient(url, token, "oidc:");
  }

  @Test
  void anAccessToken_givesRoleAndProducts_andTheAuditLogNamesItsOwner(AdminBed bed) {
    String own = bed.product();
    String others = bed.product();
    bed.active(own, "d");
    String url = open(bed, "/ops=operator:" + own, "/see=viewer");
    String token = provider.token("alice", "/ops");
    ApiClient alice = with(url, token);
    JsonNode self = alice.get("/self").expect(200).json();
    assertThat(self.toString())
        .isEqualTo(
            "{\"name\":\"oidc:alice\",\"role\":\"operator\",\"products\":[\"" + own + "\"]}");
    alice.act("/products/" + own + "/devices/d/block").expect(200);
    alice.get("/products/" + others).expect(403);
    alice.get("/tokens").expect(403);
    String audit = bed.admin().get("/audit?product=" + own).text();
    assertThat(audit).contains("\"actor\":\"oidc:alice\"").doesNotContain(token);
    ApiClient viewer = with(url, provider.token("bob", "/see"));
    viewer.get("/products/" + others).expect(200);
    viewer.act("/products/" + own + "/devices/d/unblock").expect(403);
    assertThat(with(url, provider.token("eve", "/none")).get("/products").problem(401))
        .contains("gives a role");
    bed.client(Role.VIEWER, Set.of()).at(url).get("/products").expect(200);
  }

  @Test
  void wrongTokens_countAsThoseOfTheGatewayDo(AdminBed bed) {
    String url = open(bed, "a=admin");
    ApiClient good = with(url, provider.token("alice", "a"));
    good.get("/self").expect(200);
    String forged = TestProvider.sign(provider.claims("alice", "a"), TestProvider.rsa("first"));
    for (int i = 0; i < FailedLogins.PER_MINUTE; i++) {
      assertThat(with(url, forged).get("/self").problem(401)).doesNotContain(forged);
    }
    with(url, forged).get("/self").expect(429);
    with(url, provider.token("bob", "a")).get("/self").expect(429);
    good.get("/self").expect(200);
  }

  @Test
  void whileTheProviderIsAway_nobodyIsLockedOutForIt(AdminBed bed) {
    String url = open(bed, "a=admin");
    String token = provider.token("alice", "a");
    provider.away(true);
    for (int i = 0; i < FailedLogins.PER_MINUTE + 2; i++) {
      ApiClient.Answer answer = with(url, token).get("/self").expect(503);
      assertThat(answer.problem(503)).contains("cannot be asked");
      assertThat(answer.header("Retry-After")).isPresent();
    }
    bed.client(Role.VIEWER, Set.of()).at(url).get("/products").expect(200);
  }

  @Test
  void whileNewKeysAreNotRead_nobodyIsLockedOutForIt(AdminBed bed) {
    String url = open(bed, "a=admin");
    with(url, provider.token("alice", "a")).get("/self").expect(200);
    RSAKey next = TestProvider.rsa("second");
    provider.rotateTo(next);
    String newer = TestProvider.sign(provider.claims("alice", "a"), next);
    for (int i = 0; i < FailedLogins.PER_MINUTE + 2; i++) {
      assertThat(with(url, newer).get("/self").problem(503)).contains("it is asked every 10 s");
    }
    assertThat(provider.readings).hasValue(1);
  }

  @Test
  void withoutAProvider_noneIsTaken(AdminBed bed) {
    assertThat(with(bed.url(), provider.token("alice", "a")).get("/self").problem(401))
        .contains("64 hex digits");
    assertThat(provider.readings).hasValue(0);
  }
}
