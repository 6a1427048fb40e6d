package io.otakey.gateway.admin;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.otakey.gateway.registry.Role;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Tokens, the audit log, and the vault's status. */
@ExtendWith(AdminBed.Extension.class)
class AccessTest {
  @Test
  void token_worksUntilItIsRevoked(AdminBed bed) {
    JsonNode made =
        bed.admin()
            .post("/tokens", "{\"name\":\"line-7\",\"role\":\"operator\",\"products\":[\"p7\"]}")
            .expect(201)
            .json();
    String token = made.path("token").asText();
    assertThat(token).matches("[0-9a-f]{64}");
    ApiClient holder = new ApiClient(bed.url(), token);
    holder.get("/products").expect(200);
    holder.get("/tokens").expect(403);
    assertThat(bed.admin().get("/tokens").expect(200).text())
        .contains("line-7")
        .doesNotContain(token);
    assertThat(
            bed.admin().post("/tokens", "{\"name\":\"line-7\",\"role\":\"viewer\"}").problem(409))
        .contains("revoke it first");
    long id = made.path("stored").path("id").asLong();
    bed.admin().delete("/tokens/" + id).expect(204);
    holder.get("/products").expect(401);
    bed.admin().delete("/tokens/" + id).expect(404);
    bed.admin().post("/tokens", "{\"name\":\"line-7\",\"role\":\"viewer\"}").expect(201);
  }

  @Test
  void token_expires(AdminBed bed) {
    Instant soon = Instant.now().plusMillis(1500);
    String token =
        bed.admin()
            .post(
                "/tokens",
                "{\"name\":\"brief\",\"role\":\"viewer\",\"expiresAt\":\"" + soon + "\"}")
            .expect(201)
            .json()
            .path("token")
            .asText();
    ApiClient holder = new ApiClient(bed.url(), token);
    holder.get("/products").expect(200);
    Waiting.until(() -> Instant.now().isAfter(soon));
    Waiting.until(() -> holder.get("/products").status() == 401);
  }

  @Test
  void token_refusesNonsense(AdminBed bed) {
    for (String body :
        List.of(
            "{\"role\":\"viewer\"}",
            "{\"name\":\"x\"}",
            "{\"name\":\"x\",\"role\":\"root\"}",
            "{\"name\":\"a b\",\"role\":\"viewer\"}",
            "{\"name\":\"bootstrap\",\"role\":\"viewer\"}",
            "{\"name\":\"x\",\"role\":\"viewer\",\"products\":[\"UPPER\"]}",
            "{\"name\":\"x\",\"role\":\"viewer\",\"products\":\"p\"}",
            "{\"name\":\"x\",\"role\":\"viewer\",\"expiresAt\":\"2020-01-01T00:00:00Z\"}")) {
      bed.admin().post("/tokens", body).expect(400);
    }
  }

  /** One entry each, with who and from where; what is refused leaves none. */
  @Test
  void everyChange_leavesExactlyOneEntry(AdminBed bed) {
    ApiClient admin = bed.client(Role.ADMIN, Set.of());
    Map<String, Runnable> changes = new LinkedHashMap<>();
    changes.put(
        "product.create",
        () -> admin.post("/products", "{\"id\":\"audited\",\"name\":\"A\"}").expect(201));
    changes.put(
        "product.update",
        () -> admin.put("/products/audited", "{\"version\":1,\"name\":\"B\"}").expect(200));
    changes.put("product.addKey", () -> admin.post("/products/audited/keys", "{}").expect(201));
    changes.put(
        "product.retireKey",
        () -> admin.put("/products/audited/keys/1", "{\"retired\":true}").expect(200));
    changes.put(
        "product.reinstateKey",
        () -> admin.put("/products/audited/keys/1", "{\"retired\":false}").expect(200));
    changes.put("bundle.get", () -> admin.get("/products/audited/bundle").expect(200));
    changes.put(
        "device.preRegister",
        () -> admin.send("POST", "/products/audited/devices", "text/csv", "d0\nd1\n").expect(200));
    bedActions(bed, admin, changes);
    changes.put(
        "connection.create",
        () ->
            admin
                .post(
                    "/connections",
                    "{\"platformId\":\"p\",\"scheme\":\"mqtts\",\"host\":\"h\",\"port\":1}")
                .expect(201));
    long[] id = new long[1];
    changes.put(
        "token.create",
        () ->
            id[0] =
                admin
                    .post("/tokens", "{\"name\":\"audited\",\"role\":\"viewer\"}")
                    .expect(201)
                    .json()
                    .path("stored")
                    .path("id")
                    .asLong());
    changes.put("token.revoke", () -> admin.delete("/tokens/" + id[0]).expect(204));
    changes.put(
        "product.create#config",
        () ->
            admin
                .send(
                    "POST",
                    "/config",
                    "application/yaml",
                    "format: otakey-config/1\nproducts: [{id: audited-2, name: A}]")
                .expect(200));
    changes.put("vault.reload", () -> admin.act("/vault/reload").expect(200));
    recovery(bed, admin, changes);

    for (Map.Entry<String, Runnable> change : changes.entrySet()) {
      int before = entries(bed, admin).size();
      change.getValue().run();
      List<JsonNode> after = entries(bed, admin);
      assertThat(after).as(change.getKey()).hasSize(before + 1);
      JsonNode newest = after.get(0);
      assertThat(newest.path("action").asText()).isEqualTo(change.getKey().replaceAll("#.*", ""));
      assertThat(newest.path("actor").asText()).isEqualTo(admin.name());
      assertThat(newest.path("address").asText()).isEqualTo("127.0.0.1");
    }
  }

  /** What is ordered, denied and done; a choice for the whole installation, too. */
  private static void recovery(AdminBed bed, ApiClient admin, Map<String, Runnable> changes) {
    String product = "/products/audited/recovery/";
    String agreed = "?needsApproval=true";
    long[] order = new long[1];
    changes.put("recovery.open", () -> admin.act(product + "open").expect(200));
    changes.put("recovery.close", () -> admin.act(product + "close").expect(200));
    changes.put(
        "recovery.go-on#order",
        () ->
            order[0] =
                admin.act("/recovery/go-on" + agreed).expect(200).json().path("id").asLong());
    changes.put(
        "recovery.go-on#deny",
        () -> admin.act("/recovery/orders/" + order[0] + "/deny").expect(200));
    changes.put(
        "recovery.open#approved",
        () -> {
          ApiClient other = bed.client(Role.ADMIN, Set.of());
          long id = other.act(product + "open" + agreed).expect(200).json().path("id").asLong();
          admin.act("/recovery/orders/" + id + "/approve").expect(200);
        });
    changes.put("recovery.go-on", () -> admin.act("/recovery/go-on").expect(200));
    changes.put("recovery.recover", () -> admin.act("/recovery/recover").expect(200));
  }

  private static void bedActions(AdminBed bed, ApiClient admin, Map<String, Runnable> changes) {
    changes.put(
        "device.reset",
        () -> {
          bed.active("audited", "d");
          admin.act("/products/audited/devices/d/reset").expect(200);
        });
    changes.put("device.withdrawReset", () -> act(admin, "withdraw-reset"));
    changes.put("device.block", () -> act(admin, "block"));
    changes.put("device.unblock", () -> act(admin, "unblock"));
    changes.put(
        "device.approve",
        () ->
            admin
                .post("/products/audited/awaiting/approve", "{\"deviceIds\":[\"d\"]}")
                .expect(200));
    changes.put("device.approve#one", () -> act(admin, "approve"));
    changes.put("device.remove", () -> act(admin, "remove"));
    changes.put("device.reopen", () -> act(admin, "reopen"));
    changes.put("device.revoke", () -> act(admin, "revoke"));
  }

  @Test
  void whatIsReadOrRefused_leavesNoEntry(AdminBed bed) {
    String product = bed.product();
    ApiClient admin = bed.client(Role.ADMIN, Set.of());
    for (String path :
        List.of(
            "/products",
            "/products/" + product,
            "/devices",
            "/devices/export",
            "/connections",
            "/config",
            "/tokens",
            "/audit",
            "/vault",
            "/recovery",
            "/products/" + product + "/recovery",
            "/products/" + product + "/recovery/devices",
            "/products/" + product + "/awaiting")) {
      admin.get(path).expect(200);
    }
    admin.post("/products", "{\"id\":\"" + product + "\",\"name\":\"x\"}").expect(409);
    admin.put("/products/" + product, "{\"version\":9999,\"name\":\"x\"}").expect(409);
    admin.act("/products/" + product + "/devices/none/block").expect(404);
    admin.act("/products/" + product + "/recovery/close").expect(409);
    admin.act("/products/none/recovery/open").expect(404);
    admin.act("/recovery/orders/999999999/approve").expect(404);
    admin.act("/recovery/start-afresh").expect(409);
    admin
        .post("/products/" + product + "/awaiting/approve", "{\"deviceIds\":[\"none\"]}")
        .expect(200);
    admin.get("/products/" + product + "/bundle?keyVersion=9").expect(409);
    admin
        .send("POST", "/config?dryRun=true", "application/yaml", "format: otakey-config/1\n")
        .expect(200);
    assertThat(entries(bed, admin)).isEmpty();
  }

  @Test
  void audit_pagesFromNewToOld(AdminBed bed) {
    String product = bed.product();
    for (int i = 0; i < 9; i++) {
      bed.expected(product, "d" + i);
    }
    List<Long> seen = new ArrayList<>();
    String before = "";
    do {
      JsonNode page =
          bed.admin().get("/audit?limit=4&product=" + product + before).expect(200).json();
      page.path("entries").forEach(entry -> seen.add(entry.path("id").asLong()));
      before = page.path("next").isNull() ? "" : "&before=" + page.path("next").asLong();
    } while (!before.isEmpty());
    assertThat(seen)
        .hasSize(11)
        .doesNotHaveDuplicates()
        .isSortedAccordingTo((a, b) -> b < a ? -1 : 1);
    bed.active(product, "one");
    bed.admin().act("/products/" + product + "/devices/one/block").expect(200);
    assertThat(bed.admin().get("/audit?product=" + product + "&device=one").json().path("entries"))
        .hasSize(1);
  }

  @Test
  void vault_showsIdsAndStatesOnly(AdminBed bed) {
    ApiClient.Answer answer = bed.client(Role.VIEWER, Set.of()).get("/vault").expect(200);
    assertThat(answer.json().path("allocationSecrets").toString())
        .isEqualTo("[{\"id\":1,\"root\":1,\"state\":\"granting\"}]");
    assertThat(answer.text()).doesNotContain("secret\":\"");
    assertThat(answer.json().path("gatewayKeys").path(0).path("publicKey").asText()).hasSize(64);
  }

  private static void act(ApiClient admin, String action) {
    admin.act("/products/audited/devices/d/" + action).expect(200);
  }

  private static List<JsonNode> entries(AdminBed bed, ApiClient actor) {
    List<JsonNode> entries = new ArrayList<>();
    bed.admin()
        .get("/audit?limit=1000&actor=" + actor.name())
        .expect(200)
        .json()
        .path("entries")
        .forEach(entries::add);
    return entries;
  }
}
