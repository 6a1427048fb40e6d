package io.otakey.gateway.admin;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.otakey.gateway.registry.Role;
import io.otakey.gateway.registry.Wish;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** The fleet in numbers, and who asks. */
@ExtendWith(AdminBed.Extension.class)
class FleetTest {
  private static JsonNode of(ApiClient client, String product) {
    for (JsonNode one : client.get("/fleet").expect(200).json().path("products")) {
      if (one.path("productId").asText().equals(product)) {
        return one;
      }
    }
    return Json.object();
  }

  @Test
  void devices_areCountedByProductAndStatus(AdminBed bed) {
    String product = bed.product();
    bed.expected(product, "e1");
    bed.active(product, "a1");
    bed.active(product, "a2");
    bed.active(product, "b1");
    bed.admin().act("/products/" + product + "/devices/b1/block").expect(200);
    AdminBed.await(
        bed.registry()
            .administration()
            .want(AdminBed.TESTER, new Wish.Rotate(), product, List.of("a2")));
    // A count rests: the first one here may be older than these devices.
    bed.until(() -> of(bed.admin(), product).path("asked").asInt() == 1);
    JsonNode devices = of(bed.admin(), product).path("devices");
    assertThat(devices.path("expected").asInt()).isEqualTo(1);
    assertThat(devices.path("active").asInt()).isEqualTo(2);
    assertThat(devices.path("blocked").asInt()).isEqualTo(1);
    assertThat(devices.path("revoked").asInt()).isZero();
    ApiClient limited = bed.client(Role.VIEWER, Set.of(product));
    assertThat(limited.get("/fleet").json().path("products")).hasSize(1);
    ApiClient stranger = bed.client(Role.VIEWER, Set.of("elsewhere"));
    assertThat(stranger.get("/fleet").json().path("products")).isEmpty();
  }

  @Test
  void count_isSharedWhileItRests(AdminBed bed) {
    Set<String> counted = new HashSet<>();
    for (int i = 0; i < 20; i++) {
      counted.add(bed.admin().get("/fleet").json().path("countedAt").asText());
    }
    assertThat(counted).hasSizeLessThan(4);
  }

  @Test
  void caller_isToldWhatItsTokenIs(AdminBed bed) {
    ApiClient client = bed.client(Role.OPERATOR, Set.of("b", "a"));
    JsonNode self = client.get("/self").expect(200).json();
    assertThat(self.path("name").asText()).isEqualTo(client.name());
    assertThat(self.path("role").asText()).isEqualTo("operator");
    assertThat(self.path("products")).extracting(JsonNode::asText).containsExactly("a", "b");
    assertThat(bed.admin().get("/self").json().path("products")).isEmpty();
  }
}
