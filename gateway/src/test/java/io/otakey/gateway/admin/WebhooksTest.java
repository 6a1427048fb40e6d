package io.otakey.gateway.admin;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.otakey.gateway.registry.Role;
import io.otakey.gateway.webhook.Receiver;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Webhooks through the API. */
@ExtendWith(AdminBed.Extension.class)
class WebhooksTest {
  private static String order(String url, String product) {
    return "{\"url\":\"%s\",\"insecure\":true,\"products\":[\"%s\"],\"kinds\":[\"enrolled\",\"blocked\"]}"
        .formatted(url, product);
  }

  @Test
  void aWebhook_isMade_tested_toldOfEvents_renewed_andForgotten(AdminBed bed) {
    ApiClient admin = bed.admin();
    String product = bed.product();
    try (Receiver receiver = new Receiver(bed.vertx())) {
      JsonNode made =
          admin.put("/webhooks/life", order(receiver.url(), product)).expect(201).json();
      String secret = made.path("secret").asText();
      assertThat(secret).startsWith("whsec_").hasSize(50);
      admin.act("/webhooks/life/test").expect(204);
      assertThat(receiver.posts.get(0).isSignedBy(secret)).isTrue();
      bed.active(product, "d1");
      bed.active(bed.product(), "of-another-product");
      admin.act("/products/" + product + "/devices/d1/block").expect(200);
      admin.act("/products/" + product + "/devices/d1/unblock").expect(200);
      bed.until(() -> receiver.events().size() == 2);
      assertThat(receiver.events())
          .extracting(event -> event.getString("kind"))
          .containsExactly("enrolled", "blocked");
      bed.until(
          () -> admin.get("/webhooks/life").expect(200).json().path("delivered").asInt() == 2);
      assertThat(admin.get("/webhooks/life").json().path("state").asText()).isEqualTo("delivering");

      String newer = admin.act("/webhooks/life/secret").expect(200).json().path("secret").asText();
      admin.act("/webhooks/life/test").expect(204);
      Receiver.Post last = receiver.posts.get(receiver.posts.size() - 1);
      assertThat(last.isSignedBy(secret) && last.isSignedBy(newer)).as("both, for a day").isTrue();
      assertThat(
              admin
                  .put("/webhooks/life", order(receiver.url(), product))
                  .expect(200)
                  .json()
                  .has("secret"))
          .as("a change makes no secret")
          .isFalse();
      String all =
          admin.get("/webhooks").expect(200).text()
              + admin.get("/webhooks/life").text()
              + admin.get("/config").text()
              + admin.get("/audit?limit=1000").text();
      assertThat(all)
          .contains("webhook.put", "webhook.secret")
          .doesNotContain(secret, newer, secret.substring(6), newer.substring(6));
      receiver.mood(request -> request.response().setStatusCode(404).end());
      assertThat(admin.act("/webhooks/life/test").problem(503)).contains("it answered 404");
      admin.delete("/webhooks/life").expect(204);
      admin.get("/webhooks/life").expect(404);
      admin.delete("/webhooks/life").expect(404);
    }
  }

  @Test
  void whatMakesNoSense_isRefusedAllAtOnce(AdminBed bed) {
    String wrong =
        "{\"url\":\"http://u:p@host/\",\"ca\":\"x\",\"kinds\":[\"no-such\"],\"products\":[\"A B\"]}";
    assertThat(bed.admin().put("/webhooks/wrong", wrong).problem(400))
        .contains("url must be https", "ca holds no", "kinds must be", "products must hold");
    assertThat(bed.admin().put("/webhooks/plain", "{\"url\":\"http://example.com/\"}").problem(400))
        .contains("set insecure to true");
    bed.admin().put("/webhooks/Bad", "{\"url\":\"https://example.com/\"}").expect(400);
  }

  @Test
  void aTenant_hasWebhooksOfItsOwnProducts_andSeesNoOthers(AdminBed bed) {
    String own = bed.product();
    String foreign = bed.product();
    ApiClient limited = bed.client(Role.ADMIN, Set.of(own));
    String url = "https://hooks.example.com/x";
    limited.put("/webhooks/tenant-all", "{\"url\":\"" + url + "\"}").expect(403);
    limited.put("/webhooks/tenant-theirs", order(url, foreign)).expect(403);
    limited.put("/webhooks/tenant-own", order(url, own)).expect(201);
    bed.admin().put("/webhooks/others", order(url, foreign)).expect(201);
    assertThat(limited.get("/webhooks").json().path("webhooks").findValuesAsText("id"))
        .containsExactly("tenant-own");
    limited.get("/webhooks/others").expect(404);
    limited.act("/webhooks/others/test").expect(404);
    limited.act("/webhooks/others/secret").expect(404);
    limited.delete("/webhooks/others").expect(404);
    limited.put("/webhooks/others", order(url, own)).expect(403);
    assertThat(limited.get("/config").text()).contains("tenant-own").doesNotContain("others");
    String yaml = "format: otakey-config/1\nwebhooks:\n- {id: others, url: '" + url + "'}\n";
    limited.send("POST", "/config", "application/yaml", yaml).expect(403);
    bed.client(Role.OPERATOR, Set.of()).put("/webhooks/op", order(url, own)).expect(403);
    bed.client(Role.VIEWER, Set.of()).act("/webhooks/others/test").expect(403);
    bed.admin().delete("/webhooks/tenant-own").expect(204);
    bed.admin().delete("/webhooks/others").expect(204);
  }

  @Test
  void configuration_bringsWebhooksBack_withTheirSecrets(AdminBed bed) {
    String product = bed.product();
    try (Receiver receiver = new Receiver(bed.vertx())) {
      String secret =
          bed.admin()
              .put("/webhooks/code", order(receiver.url(), product))
              .expect(201)
              .json()
              .path("secret")
              .asText();
      String exported = bed.admin().get("/config").expect(200).text();
      assertThat(apply(bed, exported).path("changes")).isEmpty();
      bed.admin().delete("/webhooks/code").expect(204);
      JsonNode changes = apply(bed, exported).path("changes");
      assertThat(changes.findValuesAsText("id")).containsExactly("code");
      assertThat(changes.findValuesAsText("kind")).containsExactly("webhook");
      bed.admin().act("/webhooks/code/test").expect(204);
      assertThat(receiver.posts.get(0).isSignedBy(secret)).isTrue();
      String changed = exported.replace("/hook", "/other");
      JsonNode fields = apply(bed, changed).path("changes").path(0).path("fields");
      assertThat(fields.findValuesAsText("field")).containsExactly("url");
      String stolen = exported.replace("id: code", "id: thief");
      assertThat(bed.admin().send("POST", "/config", "application/yaml", stolen).problem(400))
          .contains("thief: this vault cannot open its secret");
      bed.admin().delete("/webhooks/code").expect(204);
    }
  }

  private static JsonNode apply(AdminBed bed, String yaml) {
    return bed.admin().send("POST", "/config", "application/yaml", yaml).expect(200).json();
  }
}
