package io.otakey.gateway.admin;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith(AdminBed.Extension.class)
class ProductsTest {
  private static final String KEY = "0123456789abcdef".repeat(4);

  @Test
  void create_givesSafeDefaults(AdminBed bed) {
    JsonNode made =
        bed.admin().post("/products", "{\"id\":\"made\",\"name\":\"Made\"}").expect(201).json();
    assertThat(made.path("policy").toString())
        .isEqualTo("{\"allowList\":true,\"reEnroll\":{\"mode\":\"on-approval\"}}");
    assertThat(made.path("keys")).isEmpty();
    assertThat(made.path("unprotected").asBoolean()).isFalse();
    assertThat(bed.admin().get("/products/made").expect(200).json()).isEqualTo(made);
    assertThat(bed.admin().post("/products", "{\"id\":\"made\",\"name\":\"Again\"}").problem(409))
        .contains("update");
  }

  @Test
  void policy_comesBackAsItWasGiven(AdminBed bed) {
    String until = Instant.now().plusSeconds(3600).toString();
    String policy =
        """
        {"allowList":false,"from":"2026-01-01T00:00:00Z","until":"2036-01-01T00:00:00Z",
         "quota":1000,"perMinute":60,"reEnroll":{"mode":"until","until":"%s"}}
        """
            .formatted(until);
    JsonNode made =
        bed.admin()
            .post("/products", "{\"id\":\"strict\",\"name\":\"S\",\"policy\":" + policy + "}")
            .expect(201)
            .json();
    JsonNode wanted = ApiClient.parse(policy);
    assertThat(made.path("policy").path("quota")).isEqualTo(wanted.path("quota"));
    assertThat(made.path("policy").path("perMinute")).isEqualTo(wanted.path("perMinute"));
    assertThat(made.path("policy").path("from")).isEqualTo(wanted.path("from"));
    assertThat(made.path("policy").path("until")).isEqualTo(wanted.path("until"));
    assertThat(made.path("policy").path("allowList").asBoolean()).isFalse();
    assertThat(made.path("unprotected").asBoolean()).isTrue();
  }

  @Test
  void update_wantsTheVersionThatWasSeen(AdminBed bed) {
    String path = "/products/" + bed.product();
    long version = bed.admin().get(path).json().path("version").asLong();
    String first = "{\"version\":" + version + ",\"name\":\"First\"}";
    JsonNode updated = bed.admin().put(path, first).expect(200).json();
    assertThat(updated.path("version").asLong()).isGreaterThan(version);
    ApiClient.Answer late =
        bed.admin().put(path, "{\"version\":" + version + ",\"name\":\"Second\"}").expect(409);
    assertThat(late.json().path("current")).isEqualTo(updated);
    assertThat(bed.admin().get(path).json().path("name").asText()).isEqualTo("First");
  }

  @Test
  void update_refusesNonsense(AdminBed bed) {
    String path = "/products/" + bed.product();
    assertThat(
            bed.admin()
                .put(path, "{\"version\":1,\"name\":\"x\",\"connectionId\":60000}")
                .problem(400))
        .contains("60000", "create it first");
    assertThat(bed.admin().put(path, "{\"name\":\"x\"}").problem(400)).contains("version");
    assertThat(
            bed.admin()
                .put(
                    path,
                    """
                    {"version":1,"name":"x","policy":{"from":"2030-01-01T00:00:00Z",
                     "until":"2029-01-01T00:00:00Z"}}
                    """)
                .problem(400))
        .contains("window");
    bed.admin().put("/products/absent", "{\"version\":1,\"name\":\"x\"}").expect(404);
  }

  @Test
  void keys_areAddedImportedAndRetired(AdminBed bed) {
    String path = "/products/" + bed.product() + "/keys";
    JsonNode derived = bed.admin().post(path, "{}").expect(201).json();
    assertThat(derived.path("keys"))
        .extracting(key -> key.path("version").asInt())
        .containsExactly(1, 2);
    JsonNode imported =
        bed.admin().post(path, "{\"version\":7,\"key\":\"" + KEY + "\"}").expect(201).json();
    assertThat(imported.path("keys").path(2).toString())
        .isEqualTo("{\"version\":7,\"retired\":false,\"imported\":true}");
    assertThat(imported.toString()).doesNotContain(KEY);
    JsonNode retired = bed.admin().put(path + "/1", "{\"retired\":true}").expect(200).json();
    assertThat(retired.path("keys").path(0).path("retired").asBoolean()).isTrue();
    JsonNode back = bed.admin().put(path + "/1", "{\"retired\":false}").expect(200).json();
    assertThat(back.path("keys").path(0).path("retired").asBoolean()).isFalse();
  }

  @Test
  void keys_refuseNonsense(AdminBed bed) {
    String path = "/products/" + bed.product() + "/keys";
    assertThat(bed.admin().post(path, "{\"version\":1}").status()).isIn(400, 409);
    for (String key : List.of("ab", "zz".repeat(32), "00".repeat(32))) {
      assertThat(bed.admin().post(path, "{\"key\":\"" + key + "\"}").problem(400))
          .contains("key ")
          .doesNotContain(key.substring(0, 2) + key.substring(0, 2));
    }
    bed.admin().put(path + "/9", "{\"retired\":true}").expect(404);
    bed.admin().put(path + "/256", "{\"retired\":true}").expect(400);
    assertThat(bed.admin().put(path + "/1", "{}").problem(400)).contains("retired is missing");
    bed.admin().post(path, "{\"version\":255}").expect(201);
    assertThat(bed.admin().post(path, "{}").problem(409)).contains("255");
  }
}
