package io.otakey.gateway.admin;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.otakey.gateway.registry.Role;
import io.otakey.gateway.webhook.WebhookSecrets;
import io.vertx.core.buffer.Buffer;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith(AdminBed.Extension.class)
class ConfigTest {
  private static final String FLEET =
      """
      format: otakey-config/1
      connections:
      - id: 40000
        platformId: cloud
        scheme: mqtts
        host: %1$s.example.com
        port: 8883
        spkiSha256: 00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff
      products:
      - id: %1$s
        name: "A meter: small"
        connectionId: 40000
        policy:
          allowList: false
          quota: 500
          reEnroll: {mode: never}
        keys:
        - version: 1
          retired: true
        - version: 2
      """;

  @Test
  void apply_makesItSoAndIsIdempotent(AdminBed bed) {
    String yaml = FLEET.formatted("fleet-a");
    JsonNode planned = apply(bed, yaml, true).expect(200).json();
    assertThat(planned.path("dryRun").asBoolean()).isTrue();
    assertThat(planned.path("changes"))
        .extracting(change -> change.path("kind").asText() + " " + change.path("id").asText())
        .containsExactly("connection 40000", "product fleet-a", "key fleet-a/1", "key fleet-a/2");
    bed.admin().get("/products/fleet-a").expect(404);

    JsonNode applied = apply(bed, yaml, false).expect(200).json();
    assertThat(applied.path("changes")).isEqualTo(planned.path("changes"));
    JsonNode product = bed.admin().get("/products/fleet-a").expect(200).json();
    assertThat(product.path("name").asText()).isEqualTo("A meter: small");
    assertThat(product.path("policy").path("quota").asInt()).isEqualTo(500);
    assertThat(product.path("policy").path("reEnroll").path("mode").asText()).isEqualTo("never");
    assertThat(product.path("keys").path(0).path("retired").asBoolean()).isTrue();
    assertThat(product.path("keys").path(1).path("retired").asBoolean()).isFalse();
    assertThat(product.path("connectionId").asInt()).isBetween(1, 39_999);

    assertThat(apply(bed, yaml, false).expect(200).json().path("changes")).isEmpty();
  }

  @Test
  void export_appliesWithoutAnyChange(AdminBed bed) {
    apply(bed, FLEET.formatted("fleet-b"), false).expect(200);
    String exported = bed.admin().get("/config").expect(200).text();
    assertThat(exported).contains("fleet-b", "fleet-b.example.com", "quota: 500");
    JsonNode again = apply(bed, exported, true).expect(200).json();
    assertThat(again.path("changes").toString()).isEqualTo("[]");
  }

  @Test
  void difference_namesWhatChanges(AdminBed bed) {
    apply(bed, FLEET.formatted("fleet-c"), false).expect(200);
    String other =
        """
        format: otakey-config/1
        products:
        - {id: fleet-c, name: "A meter: small", policy: {allowList: true, quota: 600}}
        """;
    JsonNode changes = apply(bed, other, true).expect(200).json().path("changes");
    assertThat(changes).hasSize(1);
    assertThat(changes.path(0).path("action").asText()).isEqualTo("update");
    assertThat(changes.path(0).path("fields"))
        .extracting(
            field ->
                field.path("field").asText()
                    + ": "
                    + field.path("from").asText().replaceAll("^[0-9]$|^[0-9]{2}$", "ID")
                    + " to "
                    + field.path("to").asText())
        .containsExactly(
            "connectionId: ID to none",
            "policy.allowList: false to true",
            "policy.quota: 500 to 600",
            "policy.reEnroll.mode: never to on-approval");
    apply(bed, other, false).expect(200);
    assertThat(bed.admin().get("/products/fleet-c").json().path("keys")).hasSize(2);
  }

  @Test
  void importedKey_isLeftToTheOperator(AdminBed bed) {
    String yaml =
        """
        format: otakey-config/1
        products:
        - {id: fleet-d, name: D, keys: [{version: 3, imported: true}]}
        """;
    JsonNode changes = apply(bed, yaml, false).expect(200).json().path("changes");
    assertThat(changes.path(1).path("action").asText()).isEqualTo("import");
    String key = "0f1e2d3c4b5a6978".repeat(4);
    bed.admin()
        .post("/products/fleet-d/keys", "{\"version\":3,\"key\":\"" + key + "\"}")
        .expect(201);
    assertThat(apply(bed, yaml, false).expect(200).json().path("changes")).isEmpty();
    assertThat(bed.admin().get("/config").text()).doesNotContain(key).contains("imported: true");
  }

  @Test
  void keyThatIsAnotherOne_isRefusedBeforeAnything(AdminBed bed) {
    String product = bed.product();
    String yaml =
        """
        format: otakey-config/1
        products:
        - {id: %s, name: Renamed, keys: [{version: 1, imported: true}]}
        - {id: fleet-e, name: E, keys: [{version: 1, root: 77}]}
        """
            .formatted(product);
    JsonNode problem = apply(bed, yaml, false).expect(400).json();
    assertThat(problem.path("errors")).hasSize(2);
    assertThat(problem.path("detail").asText()).contains("never changes", "root secret");
    assertThat(bed.admin().get("/products/" + product).json().path("name").asText())
        .isEqualTo("A product");
    bed.admin().get("/products/fleet-e").expect(404);
  }

  @Test
  void document_isCheckedWhole(AdminBed bed) {
    JsonNode problem =
        apply(
                bed,
                """
                format: otakey-config/1
                colour: red
                connections:
                - {id: 1, platformId: UP, scheme: mqtts, host: h, port: 99999}
                products:
                - {id: p, name: P, policy: {quota: many}}
                - {id: p, name: P, connectionId: 3, keys: [{version: 0}]}
                """,
                false)
            .expect(400)
            .json();
    assertThat(problem.path("errors").toString())
        .contains("colour", "connections[0].port", "quota", "twice", "products[1].keys[0].version");
    assertThat(apply(bed, "format: other/1", false).problem(400)).contains("otakey-config/1");
    assertThat(apply(bed, "{ [", false).problem(400)).contains("YAML", "line 1");
    assertThat(apply(bed, "format: otakey-config/1\nformat: otakey-config/1", false).status())
        .isEqualTo(400);
    String missing =
        """
        format: otakey-config/1
        products: [{id: fleet-f, name: F, connectionId: 50000}]
        """;
    assertThat(apply(bed, missing, false).problem(400)).contains("50000");
    assertThat(apply(bed, "format: otakey-config/1\n# " + "x".repeat(3 << 20), false).problem(413))
        .contains("2097152");
    String bomb =
        """
        a: &a [x, x, x, x, x, x, x, x, x]
        b: &b [*a, *a, *a, *a, *a, *a, *a, *a, *a]
        c: &c [*b, *b, *b, *b, *b, *b, *b, *b, *b]
        d: [*c, *c, *c, *c, *c, *c, *c, *c, *c]
        format: otakey-config/1
        """;
    apply(bed, bomb, false).expect(400);
  }

  /** So that an empty database gets its connections back under their old ids. */
  @Test
  void newConnections_comeInTheDocumentsOrder(AdminBed bed) {
    StringBuilder yaml = new StringBuilder("format: otakey-config/1\nconnections:\n");
    for (int id = 1; id <= 3; id++) {
      yaml.append("- {id: ").append(id).append(", platformId: p, scheme: mqtts, host: same,");
      yaml.append(" port: 1}\n");
    }
    ConfigDocument document =
        Call.read(Json.parseYaml(Buffer.buffer(yaml.toString())), ConfigDocument::read);
    Caller caller = new Caller("test", Role.ADMIN, Set.of(), "local");
    ConfigPlan plan =
        ConfigPlan.of(
            document,
            caller,
            bed.vault(),
            List.of(),
            List.of(),
            bed.platformService(),
            List.of(),
            new WebhookSecrets(bed.vault()));
    assertThat(plan.steps()).extracting(step -> step.change().id()).containsExactly("1", "2", "3");
  }

  @Test
  void export_isForViewersAndApplyForAdmins(AdminBed bed) {
    bed.client(Role.VIEWER, Set.of()).get("/config").expect(200);
    bed.client(Role.OPERATOR, Set.of())
        .send("POST", "/config?dryRun=true", "application/yaml", "format: otakey-config/1")
        .expect(403);
  }

  private static ApiClient.Answer apply(AdminBed bed, String yaml, boolean dryRun) {
    return bed.admin().send("POST", "/config?dryRun=" + dryRun, "application/yaml", yaml);
  }
}
