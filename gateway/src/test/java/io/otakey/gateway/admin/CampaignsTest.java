package io.otakey.gateway.admin;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.otakey.gateway.registry.Role;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Campaigns through the API; no node runs them here. */
@ExtendWith(AdminBed.Extension.class)
class CampaignsTest {
  private static final String ORDER =
      """
      {"name": "q1", "goal": "rotate", "target": {"products": ["%s"]}, "waves": [50]}
      """;

  @Test
  void forecast_saysWhatWouldHappen_andStoresNothing(AdminBed bed) {
    String product = bed.product();
    bed.active(product, "d1");
    bed.active(product, "d2");
    bed.expected(product, "d3");
    ApiClient client = bed.client(Role.VIEWER, Set.of(product));
    JsonNode forecast =
        client
            .post(
                "/campaigns/forecast",
                ORDER
                    .formatted(product)
                    .replace("\"waves\"", "\"pace\": {\"perSecond\": 0.1}, \"waves\""))
            .expect(200)
            .json();
    assertThat(forecast.toString())
        .isEqualTo(
            "{\"devices\":2,\"busy\":0,\"waves\":[1,1],\"perSecond\":0.1,\"leastSeconds\":20}");
    assertThat(client.get("/campaigns").expect(200).json().path("campaigns")).isEmpty();
  }

  @Test
  void anOrder_isShownWithItsDefaults_andActedOn(AdminBed bed) {
    String product = bed.product();
    ApiClient client = bed.client(Role.OPERATOR, Set.of(product));
    JsonNode made = client.post("/campaigns", ORDER.formatted(product)).expect(201).json();
    assertThat(made.path("state").asText()).isEqualTo("planning");
    assertThat(made.path("successPercent").asInt()).isEqualTo(95);
    assertThat(made.path("timeoutSeconds").asInt()).isEqualTo(3 * 86_400);
    assertThat(made.path("stopRules").toString())
        .isEqualTo("[{\"failure\":\"any\",\"action\":\"pause\",\"percent\":10,\"minimum\":20}]");
    assertThat(made.path("pace").path("perSecond").asDouble()).isEqualTo(100);
    String path = "/campaigns/" + made.path("id").asLong();
    assertThat(client.get(path).expect(200).json()).isEqualTo(made);
    assertThat(client.get("/campaigns").json().path("campaigns").path(0)).isEqualTo(made);
    assertThat(client.get("/campaigns?state=planning&state=paused").json().path("campaigns"))
        .hasSize(1);
    assertThat(client.get("/campaigns?state=running").json().path("campaigns")).isEmpty();
    assertThat(client.get("/campaigns?state=over").problem(400)).contains("planning", "finished");
    assertThat(client.get(path + "/devices?state=failed").json().path("devices")).isEmpty();
    assertThat(client.act(path + "/resume").problem(409)).contains("is planning", "needs paused");
    assertThat(client.act(path + "/explode").problem(404)).contains("next-wave", "abort");
    assertThat(client.act(path + "/abort").expect(200).json().path("state").asText())
        .isEqualTo("stopping");
    assertThat(client.get("/campaigns/999999").problem(404)).contains("999999");
  }

  @Test
  void aToken_seesAndMakesCampaignsOfItsProductsAlone(AdminBed bed) {
    String own = bed.product();
    String others = bed.product();
    JsonNode theirs = bed.admin().post("/campaigns", ORDER.formatted(others)).expect(201).json();
    String both = own + "\", \"" + others;
    JsonNode common = bed.admin().post("/campaigns", ORDER.formatted(both)).expect(201).json();
    ApiClient client = bed.client(Role.OPERATOR, Set.of(own));
    assertThat(client.get("/campaigns").json().path("campaigns")).isEmpty();
    for (JsonNode campaign : List.of(theirs, common)) {
      String path = "/campaigns/" + campaign.path("id").asLong();
      client.get(path).expect(404);
      client.get(path + "/devices").expect(404);
      client.act(path + "/abort").expect(404);
    }
    client.post("/campaigns", ORDER.formatted(others)).expect(403);
    client.post("/campaigns", ORDER.formatted(both)).expect(403);
    bed.client(Role.VIEWER, Set.of(own)).post("/campaigns", ORDER.formatted(own)).expect(403);
  }

  @Test
  void everythingWrong_isToldAtOnce(AdminBed bed) {
    String product = bed.product();
    assertThat(
            bed.admin()
                .post(
                    "/campaigns",
                    """
                    {"name": 7, "goal": "dance", "connectionId": 3, "waves": [0], "colour": 1,
                     "target": {"products": ["%s"], "percent": 0},
                     "pace": {"perSecond": "fast"}, "stopRules": [{"failure": "bad"}]}
                    """
                        .formatted(product))
                .problem(400))
        .contains("name", "goal", "connectionId", "waves", "colour", "target.percent")
        .contains("pace.perSecond", "stopRules[0].failure", "stopRules[0].percent");
    assertThat(
            bed.admin()
                .post("/campaigns", ORDER.formatted(product).replace("[50]", "[60, 50]"))
                .problem(400))
        .contains("waves");
    assertThat(bed.admin().post("/campaigns", ORDER.formatted("nobody")).problem(404))
        .contains("nobody");
    assertThat(
            bed.admin()
                .post(
                    "/campaigns",
                    ORDER
                        .formatted(product)
                        .replace("\"rotate\"", "\"move\", \"connectionId\": 4711"))
                .problem(400))
        .contains("no connection 4711");
  }
}
