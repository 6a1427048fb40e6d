package io.otakey.gateway.admin;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.otakey.gateway.platform.SimulatedPlatform;
import io.otakey.gateway.registry.Role;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Platforms through the API. */
@ExtendWith(AdminBed.Extension.class)
class PlatformsTest {
  @Test
  void aPlatform_isRegistered_shownWithoutItsSecrets_changed_andForgotten(AdminBed bed) {
    ApiClient admin = bed.client(Role.ADMIN, Set.of());
    JsonNode made =
        put(admin, "one", "{'at':'one'}", "'secrets':{'password':'s3cret'}").expect(200).json();
    assertThat(made.path("kind").asText()).isEqualTo("simulated");
    assertThat(made.path("secrets").toString()).isEqualTo("[\"password\"]");
    assertThat(made.path("logins").path("there").asInt(-1)).isZero();
    admin.act("/platforms/one/check").expect(204);
    assertThat(bed.simulated("one").password).contains("s3cret");

    put(admin, "one", "{'at':'two'}", "").expect(200);
    admin.act("/platforms/one/check").expect(204);
    assertThat(bed.simulated("two").password)
        .as("secrets that are not named stay")
        .contains("s3cret");
    put(admin, "one", "{'at':'two'}", "'secrets':{}").expect(200);
    admin.act("/platforms/one/check").expect(204);
    assertThat(bed.simulated("two").password).as("taken away").isEmpty();

    String all = admin.get("/platforms").expect(200).text() + admin.get("/audit?limit=1000").text();
    assertThat(all).contains("platform.put").doesNotContain("s3cret");
    admin.delete("/platforms/one").expect(204);
    assertThat(admin.get("/platforms/one").expect(404).text()).contains("is not registered");
    admin.delete("/platforms/one").expect(404);
  }

  @Test
  void settings_areCheckedAllAtOnce(AdminBed bed) {
    ApiClient admin = bed.client(Role.ADMIN, Set.of());
    String faults = put(admin, "Bad", "{'url':'x','password':'open'}", "").expect(400).text();
    assertThat(faults)
        .contains(
            "url is no setting of kind simulated",
            "at is missing",
            "password is a secret",
            "must match");
    assertThat(put(admin, "two", "{'at':'a b'}", "").expect(400).text()).contains("spaces");
    String kind = "{'kind':'pigeon'}".replace('\'', '"');
    assertThat(admin.put("/platforms/two", kind).expect(400).text())
        .contains("kind must be one of hook, simulated, static");
  }

  @Test
  void aPlatformThatIsAway_isNamed_andOneThatAsksHasNothingToCheck(AdminBed bed) {
    ApiClient admin = bed.client(Role.ADMIN, Set.of());
    put(admin, "away", "{'at':'away'}", "").expect(200);
    bed.simulated("away").mood = SimulatedPlatform.Mood.AWAY;
    assertThat(admin.act("/platforms/away/check").expect(503).text())
        .contains("platform away: connection refused");
    admin.act("/platforms/away/reconciliation");
    Waiting.until(() -> show(admin, "away").path("away").asBoolean());
    assertThat(show(admin, "away").path("why").asText()).contains("connection refused");
    admin.put("/platforms/asks", "{\"kind\":\"hook\"}").expect(200);
    admin.act("/platforms/asks/check").expect(409);
    admin.act("/platforms/asks/reconciliation").expect(409);
    admin.get("/platforms/asks/reconciliation").expect(404);
  }

  @Test
  void aComparison_takesBackWhatNobodyNeeds(AdminBed bed) {
    ApiClient operator = bed.client(Role.OPERATOR, Set.of());
    ApiClient admin = bed.client(Role.ADMIN, Set.of());
    String product = bed.product();
    SimulatedPlatform platform = bed.simulated("left");
    String leftOver = product + ".device." + "00".repeat(15);
    platform.logins.put(leftOver, "x");
    platform.logins.put("somebody", "else's");
    String connection =
        "{'platformId':'left','scheme':'mqtt','host':'h','port':1}".replace('\'', '"');
    admin.post("/connections", connection).expect(201);
    put(admin, "left", "{'at':'left'}", "").expect(200);
    operator.act("/platforms/left/reconciliation").expect(200);
    Waiting.until(() -> !platform.logins.containsKey(leftOver) && isListed(operator));
    assertThat(platform.logins).containsOnlyKeys("somebody");
  }

  /** The comparison is noted after what it found is taken back. */
  private static boolean isListed(ApiClient operator) {
    JsonNode run = operator.get("/platforms/left/reconciliation").expect(200).json();
    return run.path("listed").asBoolean();
  }

  private static JsonNode show(ApiClient client, String platform) {
    return client.get("/platforms/" + platform).expect(200).json();
  }

  @Test
  void platforms_areConfigurationAsCode_withSealedSecrets(AdminBed bed) {
    ApiClient admin = bed.client(Role.ADMIN, Set.of());
    put(admin, "code", "{'at':'code'}", "'secrets':{'password':'s3cret'}").expect(200);
    String exported = admin.get("/config").expect(200).text();
    assertThat(exported).contains("- id: code", "sealed:").doesNotContain("s3cret");
    admin.delete("/platforms/code").expect(204);
    assertThat(apply(admin, exported).expect(200).json().path("changes").toString())
        .contains("\"kind\":\"platform\",\"id\":\"code\",\"action\":\"create\"");
    assertThat(apply(admin, exported).expect(200).text()).doesNotContain("\"platform\"");
    admin.act("/platforms/code/check").expect(204);
    assertThat(bed.simulated("code").password).contains("s3cret");

    String document = "format: otakey-config/1\nplatforms:\n- id: code\n  kind: simulated\n";
    assertThat(apply(admin, document).expect(400).text()).contains("at is missing");
    String moved = document + "  settings: {at: elsewhere}\n";
    assertThat(apply(admin, moved).expect(200).text()).contains("settings.at");
    admin.act("/platforms/code/check").expect(204);
    assertThat(bed.simulated("elsewhere").password).as("kept").contains("s3cret");
    String strange = moved + "  sealed: " + "AgAAAAH".repeat(8) + "\n";
    assertThat(apply(admin, strange).expect(400).text()).contains("cannot open its secrets");
    ApiClient limited = bed.client(Role.ADMIN, Set.of(bed.product()));
    apply(limited, document + "  settings: {at: code}\n").expect(403);
    assertThat(limited.get("/config").expect(200).text()).doesNotContain("simulated");
  }

  private static ApiClient.Answer apply(ApiClient client, String yaml) {
    return client.send("POST", "/config", "application/yaml", yaml);
  }

  @Test
  void kinds_areListedWithTheirSettings(AdminBed bed) {
    JsonNode kinds = bed.client(Role.VIEWER, Set.of()).get("/platform-kinds").expect(200).json();
    assertThat(kinds.path("kinds").findValuesAsText("name"))
        .contains("hook", "simulated", "static", "at");
  }

  private static ApiClient.Answer put(ApiClient client, String id, String settings, String more) {
    String body =
        "{'kind':'simulated','settings':" + settings + (more.isEmpty() ? "" : "," + more) + "}";
    return client.put("/platforms/" + id, body.replace('\'', '"'));
  }
}
