package io.otakey.gateway.admin;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.otakey.gateway.registry.Role;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Labels through the API. */
@ExtendWith(AdminBed.Extension.class)
class DeviceLabelsTest {
  private static final String SITE = "{\"set\":{\"site\":\"paris\"}";

  private static String change(String members, String... ids) {
    return members + ",\"deviceIds\":[\"" + String.join("\",\"", ids) + "\"]}";
  }

  private static List<String> ids(ApiClient client, String query) {
    List<String> ids = new ArrayList<>();
    client
        .get("/devices?" + query)
        .expect(200)
        .json()
        .path("devices")
        .forEach(device -> ids.add(device.path("deviceId").asText()));
    return ids;
  }

  @Test
  void devices_areLabeledShownAndFound(AdminBed bed) {
    String product = bed.product();
    bed.expected(product, "a");
    bed.active(product, "b");
    String path = "/products/" + product + "/labels";
    assertThat(bed.admin().post(path, change(SITE, "a", "b", "x")).expect(200).json().toString())
        .isEqualTo("{\"labeled\":[\"a\",\"b\"],\"changed\":2,\"unknown\":[\"x\"],\"full\":[]}");
    String canary = "{\"set\":{\"group/canary\":\"\"},\"remove\":[\"site\"]";
    bed.admin().post(path, change(canary, "a")).expect(200);
    JsonNode a = bed.admin().get("/products/" + product + "/devices/a").expect(200).json();
    assertThat(a.path("labels").toString()).isEqualTo("{\"group/canary\":\"\"}");
    ApiClient client = bed.client(Role.VIEWER, Set.of(product));
    assertThat(ids(client, "label=site%3Dparis")).containsExactly("b");
    assertThat(ids(client, "label=site!%3Dparis")).containsExactly("a");
    assertThat(ids(client, "label=site%20in%20(paris,lyon)&status=active")).containsExactly("b");
    assertThat(ids(client, "group=canary&group=nobodys")).containsExactly("a");
    assertThat(ids(client, "group=canary&label=site")).isEmpty();
    assertThat(client.get("/labels").expect(200).json().path("labels").toString())
        .isEqualTo(
            "[{\"key\":\"group/canary\",\"value\":\"\",\"devices\":1},"
                + "{\"key\":\"site\",\"value\":\"paris\",\"devices\":1}]");
    JsonNode first = client.get("/labels?limit=1").expect(200).json();
    assertThat(
            client
                .get("/labels?prefix=&limit=1&after=" + first.path("next").asText())
                .expect(200)
                .json()
                .path("labels")
                .path(0)
                .path("key")
                .asText())
        .isEqualTo("site");
    assertThat(client.get("/labels?prefix=group/").json().path("labels")).hasSize(1);
    assertThat(bed.admin().get("/audit?product=" + product).text())
        .contains("device.label", "group/canary, without site");
  }

  @Test
  void thoseOfAFilter_areLabeledPageByPage(AdminBed bed) {
    String product = bed.product();
    for (int i = 0; i < 5; i++) {
      bed.expected(product, "x" + i);
    }
    bed.expected(product, "y");
    String path = "/devices/labels?limit=2&idPrefix=x&product=" + product;
    List<Integer> changed = new ArrayList<>();
    String after = "";
    do {
      JsonNode page = bed.admin().post(path + after, SITE + "}").expect(200).json();
      changed.add(page.path("changed").asInt());
      after = page.path("next").isNull() ? "" : "&after=" + page.path("next").asText();
    } while (!after.isEmpty());
    assertThat(changed).containsExactly(2, 2, 1);
    assertThat(ids(bed.admin(), "label=site%3Dparis&product=" + product)).hasSize(5);
  }

  @Test
  void aToken_labelsAndSeesThoseOfItsProductsAlone(AdminBed bed) {
    String own = bed.product();
    String others = bed.product();
    bed.expected(own, "a");
    bed.expected(others, "a");
    ApiClient client = bed.client(Role.OPERATOR, Set.of(own));
    client.post("/products/" + others + "/labels", change(SITE, "a")).expect(403);
    client.post("/devices/labels?product=" + others, SITE + "}").expect(403);
    assertThat(
            client.post("/devices/labels", SITE + "}").expect(200).json().path("changed").asInt())
        .as("all that it sees")
        .isEqualTo(1);
    String theirs = "/products/" + others + "/labels";
    bed.admin().post(theirs, change("{\"set\":{\"secret\":\"x\"}", "a")).expect(200);
    assertThat(client.get("/labels").expect(200).text()).contains("site").doesNotContain("secret");
    client.get("/labels?product=" + others).expect(403);
    ApiClient viewer = bed.client(Role.VIEWER, Set.of(own));
    viewer.post("/products/" + own + "/labels", change(SITE, "a")).expect(403);
    viewer.post("/devices/labels", SITE + "}").expect(403);
  }

  @Test
  void everythingWrong_isToldAtOnce(AdminBed bed) {
    String path = "/products/" + bed.product() + "/labels";
    assertThat(
            bed.admin()
                .post(path, change("{\"set\":{\"a b\":\"-\"},\"remove\":[\"=\"],\"x\":1", "d"))
                .problem(400))
        .contains("name does not match", "value is not empty", "names of labels", "x is not known");
    assertThat(bed.admin().post(path, change("{\"set\":{}", "d")).problem(400))
        .contains("nothing is to be set");
    assertThat(bed.admin().get("/devices?label=%3Dx&group=a%3D").problem(400))
        .contains("label must be of the form NAME=VALUE", "group must match");
    assertThat(
            bed.admin()
                .post(
                    "/campaigns",
                    """
                    {"name": "c", "goal": "rotate",
                     "target": {"products": ["p"], "labels": ["=x"], "groups": ["ok"]}}
                    """)
                .problem(400))
        .contains("target.labels must hold conditions");
  }

  @Test
  void anExport_bringsThemBackByAnImport(AdminBed bed) {
    String product = bed.product();
    String again = bed.product();
    String rows =
        """
        {"deviceId":"a","labels":{"site":"paris","group/canary":""}}
        {"deviceId":"b","labels":{}}
        {"deviceId":"c","labels":{"site":7}}
        {"deviceId":"d","labels":{"a b":""}}
        """;
    List<JsonNode> answer = load(bed, product, "application/x-ndjson", rows);
    JsonNode summary = answer.get(answer.size() - 1);
    assertThat(summary.path("labeled").asInt()).isEqualTo(1);
    assertThat(summary.path("invalid").asInt()).isEqualTo(2);
    String csv = bed.admin().get("/devices/export?format=csv&product=" + product).text();
    assertThat(csv).contains(",group/canary;site=paris\n");
    List<JsonNode> loaded = load(bed, again, "text/csv", csv.replace(product, again));
    assertThat(loaded.get(loaded.size() - 1).path("labeled").asInt()).isEqualTo(1);
    assertThat(bed.admin().get("/devices/export?product=" + again).text())
        .contains("\"labels\":{\"group/canary\":\"\",\"site\":\"paris\"}");
    assertThat(bed.admin().get("/audit?product=" + again).text())
        .contains("1 devices, by an import");
  }

  @Test
  void anImport_labelsDevicesThatAreThere_andSaysWhoseAreTooMany(AdminBed bed) {
    String product = bed.product();
    bed.active(product, "a");
    StringBuilder many = new StringBuilder();
    for (int i = 0; i < 16; i++) {
      many.append(i == 0 ? "" : ";").append("k").append(i).append("=v");
    }
    load(bed, product, "text/csv", "deviceId,labels\na," + many + "\n");
    List<JsonNode> answer =
        load(bed, product, "text/csv", "deviceId,labels\nb,k1\na,more=x\nc,k1;k1=2\n");
    assertThat(answer.stream().map(line -> line.path("type").asText()))
        .contains("full", "error", "summary");
    JsonNode full =
        answer.stream()
            .filter(l -> l.path("type").asText().equals("full"))
            .findFirst()
            .orElseThrow();
    assertThat(full.toString()).isEqualTo("{\"type\":\"full\",\"line\":3,\"deviceId\":\"a\"}");
    assertThat(ids(bed.admin(), "label=k1%3Dv&product=" + product)).containsExactly("a");
    assertThat(ids(bed.admin(), "label=k1&product=" + product)).containsExactly("a", "b");
  }

  @Test
  void aCampaign_isForLabelsAndGroups(AdminBed bed) {
    String product = bed.product();
    for (String id : List.of("a", "b", "c")) {
      bed.active(product, id);
    }
    String path = "/products/" + product + "/labels";
    bed.admin().post(path, change(SITE, "a", "b")).expect(200);
    bed.admin().post(path, change("{\"set\":{\"group/canary\":\"\"}", "b", "c")).expect(200);
    String order =
        """
        {"name": "q", "goal": "rotate", "target": {"products": ["%s"],
         "labels": ["site=paris", "!old"], "groups": ["canary"]}}
        """
            .formatted(product);
    ApiClient client = bed.client(Role.OPERATOR, Set.of(product));
    assertThat(client.post("/campaigns/forecast", order).expect(200).json().path("devices").asInt())
        .isEqualTo(1);
    JsonNode made = client.post("/campaigns", order).expect(201).json();
    assertThat(made.path("target").path("labels").toString())
        .isEqualTo("[\"site=paris\",\"!old\"]");
    assertThat(made.path("target").path("groups").toString()).isEqualTo("[\"canary\"]");
  }

  private static List<JsonNode> load(AdminBed bed, String product, String type, String rows) {
    return bed.admin()
        .send("POST", "/products/" + product + "/devices", type, rows)
        .expect(200)
        .lines();
  }
}
