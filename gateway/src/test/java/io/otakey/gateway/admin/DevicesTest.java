package io.otakey.gateway.admin;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.otakey.gateway.registry.Observation;
import io.otakey.gateway.registry.Role;
import io.otakey.protocol.wire.DeviceRef;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith(AdminBed.Extension.class)
class DevicesTest {
  @Test
  void get_showsTheRowWithoutItsToken(AdminBed bed) {
    String product = bed.product();
    bed.active(product, "Unit:1.a");
    String path = "/products/" + product + "/devices/";
    JsonNode device = bed.admin().get(path + "Unit:1.a").expect(200).json();
    assertThat(device.path("status").asText()).isEqualTo("active");
    assertThat(device.path("epoch").asLong()).isEqualTo(1);
    assertThat(device.has("committedAt")).isTrue();
    assertThat(device.has("token")).isFalse();
    assertThat(bed.admin().get(path + "absent").problem(404)).contains("absent", "register");
  }

  @Test
  void actions_walkTheStates(AdminBed bed) {
    String product = bed.product();
    bed.active(product, "d");
    String path = "/products/" + product + "/devices/d/";
    assertStatus(bed, path + "reset", "expected");
    assertStatus(bed, path + "withdraw-reset", "active");
    assertThat(assertStatus(bed, path + "block", "blocked").path("returnsTo").asText())
        .isEqualTo("active");
    assertThat(bed.admin().act(path + "reset").problem(409)).contains("blocked");
    assertStatus(bed, path + "unblock", "active");
    assertThat(assertStatus(bed, path + "approve", "active").path("reEnrollApproved").asBoolean())
        .isTrue();
    assertStatus(bed, path + "remove", "removed");
    assertStatus(bed, path + "reopen", "expected");
    assertStatus(bed, path + "revoke", "revoked");
    assertThat(bed.admin().act(path + "unblock").problem(409)).contains("revoked");
    bed.admin().act("/products/" + product + "/devices/absent/block").expect(404);
  }

  @Test
  void list_pagesThroughEverythingOnce(AdminBed bed) {
    String first = bed.product();
    String second = bed.product();
    for (int i = 0; i < 7; i++) {
      bed.expected(first, "a" + i);
      bed.expected(second, "b" + i);
    }
    ApiClient client = bed.client(Role.VIEWER, Set.of(first, second));
    List<String> seen = new ArrayList<>();
    String after = "";
    do {
      JsonNode page = client.get("/devices?limit=4" + after).expect(200).json();
      page.path("devices").forEach(device -> seen.add(device.path("deviceId").asText()));
      after = page.path("next").isNull() ? "" : "&after=" + page.path("next").asText();
    } while (!after.isEmpty());
    assertThat(seen).hasSize(14).doesNotHaveDuplicates();
    assertThat(seen).contains("a0", "a6", "b0", "b6");
  }

  @Test
  void list_filters(AdminBed bed) {
    String product = bed.product();
    bed.expected(product, "x-expected");
    bed.active(product, "x-active");
    DeviceRef seen = bed.active(product, "y-active");
    bed.registry()
        .devices()
        .observe(seen, new Observation(Optional.of("1.2.3"), OptionalLong.of(7)));
    ApiClient client = bed.client(Role.VIEWER, Set.of(product));
    assertThat(ids(client, "status=active")).containsExactly("x-active", "y-active");
    assertThat(ids(client, "status=active&status=expected")).hasSize(3);
    assertThat(ids(client, "idPrefix=x-")).containsExactly("x-active", "x-expected");
    assertThat(ids(client, "minEpoch=1&idPrefix=x")).containsExactly("x-active");
    assertThat(ids(client, "maxEpoch=0")).containsExactly("x-expected");
    assertThat(ids(client, "connectionId=9")).isEmpty();
    assertThat(ids(client, "connectionId=0")).hasSize(3);
    Waiting.until(() -> ids(client, "firmware=1.2.3").equals(List.of("y-active")));
    assertThat(ids(client, "notSeenSince=2026-01-01T00:00:00Z"))
        .containsExactly("x-active", "x-expected");
    JsonNode device =
        bed.admin().get("/products/" + product + "/devices/y-active").expect(200).json();
    assertThat(device.path("lastError").asLong()).isEqualTo(7);
  }

  @Test
  void awaiting_listsRequestsUntilTheyAreApproved(AdminBed bed) {
    String product = bed.product();
    for (String id : List.of("d1", "d2", "d3")) {
      DeviceRef ref = bed.active(product, id);
      AdminBed.await(bed.registry().devices().enroll(ref, 1));
    }
    bed.expected(product, "d4");
    String path = "/products/" + product + "/awaiting";
    Waiting.until(() -> bed.admin().get(path).json().path("awaiting").size() == 3);
    JsonNode page = bed.admin().get(path + "?limit=2").expect(200).json();
    assertThat(page.path("next").asText()).isEqualTo("d2");
    assertThat(page.path("awaiting").path(0).path("reason").asText()).isEqualTo("re-enrollment");
    JsonNode rest = bed.admin().get(path + "?limit=2&after=d2").expect(200).json();
    assertThat(rest.path("awaiting")).hasSize(1);
    assertThat(bed.admin().get(path + "?reason=abandon").json().path("awaiting")).isEmpty();

    bed.admin().act("/products/" + product + "/devices/d1/approve").expect(200);
    JsonNode approved =
        bed.admin()
            .post(path + "/approve", "{\"deviceIds\":[\"d2\",\"d3\",\"d4\",\"d5\",\"d2\"]}")
            .expect(200)
            .json();
    assertThat(approved.toString())
        .isEqualTo("{\"approved\":[\"d2\",\"d3\"],\"notApproved\":[\"d4\",\"d5\"]}");
    assertThat(bed.admin().get(path).json().path("awaiting")).isEmpty();
  }

  @Test
  void approveMany_refusesNonsense(AdminBed bed) {
    String path = "/products/" + bed.product() + "/awaiting/approve";
    assertThat(bed.admin().post(path, "{\"deviceIds\":[]}").problem(400)).contains("at least one");
    bed.admin().post(path, "{\"deviceIds\":[\"-\"]}").expect(400);
    bed.admin().post(path, "{\"deviceIds\":[1]}").expect(400);
    bed.admin().post(path, "{}").expect(400);
    String many = "\"d\",".repeat(10_001);
    assertThat(
            bed.admin()
                .post(path, "{\"deviceIds\":[" + many.substring(0, many.length() - 1) + "]}")
                .problem(400))
        .contains("10000");
  }

  @Test
  void want_isShownUntilItIsTakenBack(AdminBed bed) {
    String product = bed.product();
    bed.active(product, "d1");
    bed.expected(product, "d2");
    String path = "/products/" + product + "/wanted";
    JsonNode asked =
        bed.admin()
            .post(path, "{\"wish\":\"rotate\",\"deviceIds\":[\"d1\",\"d2\"]}")
            .expect(200)
            .json();
    assertThat(asked.toString()).isEqualTo("{\"wanted\":[\"d1\"],\"notWanted\":[\"d2\"]}");
    String device = "/products/" + product + "/devices/d1";
    assertThat(bed.admin().get(device).json().path("wantedEpoch").asLong()).isEqualTo(2);
    String csv = bed.admin().get("/devices/export?format=csv&product=" + product).text();
    assertThat(csv).contains(",2,,\n");
    bed.admin().post(path, "{\"wish\":\"nothing\",\"deviceIds\":[\"d1\"]}").expect(200);
    assertThat(bed.admin().get(device).json().has("wantedEpoch")).isFalse();
    assertThat(bed.admin().get("/audit?product=" + product).text())
        .contains("device.wantRotation", "device.wantNothing");
  }

  @Test
  void want_refusesNonsense(AdminBed bed) {
    String path = "/products/" + bed.product() + "/wanted";
    String devices = "\"deviceIds\":[\"d\"]";
    assertThat(bed.admin().post(path, "{\"wish\":\"fly\"," + devices + "}").problem(400))
        .contains("rotate, move or nothing");
    assertThat(bed.admin().post(path, "{\"wish\":\"move\"," + devices + "}").problem(400))
        .contains("connectionId");
    assertThat(
            bed.admin()
                .post(path, "{\"wish\":\"rotate\",\"connectionId\":1," + devices + "}")
                .problem(400))
        .contains("connectionId");
    assertThat(
            bed.admin()
                .post(path, "{\"wish\":\"move\",\"connectionId\":65535," + devices + "}")
                .problem(400))
        .contains("there is no connection 65535");
    bed.admin().post(path, "{\"wish\":\"rotate\",\"deviceIds\":[]}").expect(400);
  }

  @Test
  void export_writesEveryDeviceAsNdjsonAndCsv(AdminBed bed) {
    String product = bed.product();
    StringBuilder rows = new StringBuilder();
    for (int i = 0; i < 3000; i++) {
      rows.append("d").append(i).append('\n');
    }
    bed.admin()
        .send("POST", "/products/" + product + "/devices", "text/csv", rows.toString())
        .expect(200);
    DeviceRef odd = bed.active(product, "odd");
    bed.registry()
        .devices()
        .observe(odd, new Observation(Optional.of("=cmd(\"x\")"), OptionalLong.empty()));
    String path = "/devices/export?product=" + product;
    Waiting.until(() -> bed.admin().get(path + "&firmware=%3Dcmd(%22x%22)").lines().size() == 1);
    List<JsonNode> lines = bed.admin().get(path).expect(200).lines();
    assertThat(lines).hasSize(3001);
    assertThat(lines).extracting(line -> line.path("deviceId").asText()).doesNotHaveDuplicates();
    List<String> csv = bed.admin().get(path + "&format=csv").expect(200).text().lines().toList();
    assertThat(csv).hasSize(3002);
    assertThat(csv.get(0)).startsWith("productId,deviceId,status,epoch");
    assertThat(csv.stream().filter(line -> line.contains(",odd,")).findFirst().orElseThrow())
        .contains(",\"'=cmd(\"\"x\"\")\",");
    assertThat(bed.admin().get(path + "&status=active").lines()).hasSize(1);
  }

  @Test
  void exportAsCsv_canBeImportedAgain(AdminBed bed) {
    String product = bed.product();
    bed.expected(product, "one");
    bed.active(product, "two");
    String csv = bed.admin().get("/devices/export?format=csv&product=" + product).text();
    JsonNode summary =
        bed.admin()
            .send("POST", "/products/" + product + "/devices", "text/csv", csv)
            .expect(200)
            .lines()
            .get(1);
    assertThat(summary.path("existing").asInt()).isEqualTo(2);
    assertThat(summary.path("invalid").asInt()).isZero();
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

  private static JsonNode assertStatus(AdminBed bed, String path, String status) {
    JsonNode device = bed.admin().act(path).expect(200).json();
    assertThat(device.path("status").asText()).as(path).isEqualTo(status);
    return device;
  }
}
