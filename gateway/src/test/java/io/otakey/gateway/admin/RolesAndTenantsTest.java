package io.otakey.gateway.admin;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.otakey.gateway.admin.Contract.Operation;
import io.otakey.gateway.admin.Contract.Scope;
import io.otakey.gateway.registry.Connection;
import io.otakey.gateway.registry.EnrollmentPolicy;
import io.otakey.gateway.registry.ProductSettings;
import io.otakey.gateway.registry.Role;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Who may do what, over every operation of the contract. */
@ExtendWith(AdminBed.Extension.class)
class RolesAndTenantsTest {
  /** Bodies that are well-formed and change nothing, for operations that take one. */
  private static final Map<String, String> BODIES =
      Map.of(
          "application/json", "{}",
          "application/yaml", "format: otakey-config/1\n",
          "text/csv", "deviceId\n");

  @Test
  void everyOperation_wantsItsRole(AdminBed bed) {
    String product = bed.product();
    List<String> wrong = new ArrayList<>();
    for (Operation operation : ApiClient.CONTRACT.operations()) {
      for (Role role : Role.values()) {
        boolean may = operation.role().isEmpty() || role.compareTo(operation.role().get()) >= 0;
        note(
            wrong, operation, role + "", may, send(bed.client(role, Set.of()), operation, product));
      }
      boolean open = operation.role().isEmpty();
      int status = send(new ApiClient(bed.url(), null), operation, product);
      if ((status == 401) == open) {
        wrong.add(operation.id() + " without token: " + status);
      }
    }
    assertThat(wrong).isEmpty();
  }

  @Test
  void everyOperation_keepsToTheTokensProducts(AdminBed bed) {
    String own = bed.product();
    String foreign = bed.product();
    ApiClient limited = bed.client(Role.ADMIN, Set.of(own));
    List<String> wrong = new ArrayList<>();
    for (Operation operation : ApiClient.CONTRACT.operations()) {
      boolean mayOwn = operation.scope() != Scope.INSTALLATION;
      boolean mayForeign = mayOwn && operation.scope() != Scope.PRODUCT;
      note(wrong, operation, "limited, own", mayOwn, send(limited, operation, own));
      note(wrong, operation, "limited, foreign", mayForeign, send(limited, operation, foreign));
      note(
          wrong,
          operation,
          "limited, no such product",
          mayForeign,
          send(limited, operation, "no-such"));
    }
    assertThat(wrong).isEmpty();
  }

  @Test
  void lists_showNothingOfOthers(AdminBed bed) {
    String own = bed.product();
    String foreign = bed.product();
    bed.active(own, "mine");
    bed.active(foreign, "theirs");
    int connection = connect(bed, foreign, "foreign.example");
    ApiClient limited = bed.client(Role.ADMIN, Set.of(own));
    for (String path :
        List.of(
            "/products",
            "/fleet",
            "/devices",
            "/devices/export",
            "/devices/export?format=csv",
            "/connections",
            "/campaigns",
            "/config",
            "/events?limit=1000",
            "/events/newest?limit=1000",
            "/audit?limit=1000")) {
      String text = limited.get(path).expect(200).text();
      assertThat(text)
          .as(path)
          .doesNotContain("\"" + foreign + "\"", "theirs", "foreign.example", foreign + ",");
      assertThat(text).as(path).doesNotContain("id: " + foreign + "\n");
    }
    assertThat(limited.get("/devices").json().path("devices")).hasSize(1);
    assertThat(limited.get("/devices/export").lines()).hasSize(1);
    assertThat(limited.get("/config").text()).contains(own);
    assertThat(limited.get("/audit").json().path("entries")).isNotEmpty();
    for (JsonNode entry : limited.get("/audit?limit=1000").json().path("entries")) {
      assertThat(entry.path("productId").asText()).isEqualTo(own);
    }
    assertThat(connection).isPositive();
  }

  @Test
  void filters_doNotReachOthers(AdminBed bed) {
    String own = bed.product();
    String foreign = bed.product();
    ApiClient limited = bed.client(Role.VIEWER, Set.of(own));
    for (String path :
        List.of("/devices", "/devices/export", "/events", "/events/newest", "/audit")) {
      limited.get(path + "?product=" + own).expect(200);
      limited.get(path + "?product=" + foreign).expect(403);
      limited.get(path + "?product=" + own + "&product=" + foreign).expect(403);
    }
  }

  @Test
  void limitedAdmin_createsOnlyItsProducts(AdminBed bed) {
    ApiClient limited = bed.client(Role.ADMIN, Set.of("tenant-new"));
    limited.post("/products", "{\"id\":\"tenant-other\",\"name\":\"x\"}").expect(403);
    limited.post("/products", "{\"id\":\"tenant-new\",\"name\":\"x\"}").expect(201);
    limited.get("/products/tenant-new").expect(200);
  }

  @Test
  void limitedAdmin_usesOnlyConnectionsOfItsProducts(AdminBed bed) {
    String own = bed.product();
    int foreign = connect(bed, bed.product(), "other.example");
    ApiClient limited = bed.client(Role.ADMIN, Set.of(own));
    long version = limited.get("/products/" + own).json().path("version").asLong();
    String update = "{\"version\":%d,\"name\":\"x\",\"connectionId\":%d}";
    limited.put("/products/" + own, update.formatted(version, foreign)).expect(403);
    int mine = connect(bed, own, "mine.example");
    version = limited.get("/products/" + own).json().path("version").asLong();
    limited.put("/products/" + own, update.formatted(version, mine)).expect(200);
    assertThat(limited.get("/connections").json().path("connections")).hasSize(1);
  }

  @Test
  void limitedAdmin_appliesOnlyItsConfiguration(AdminBed bed) {
    String own = bed.product();
    String foreign = bed.product();
    ApiClient limited = bed.client(Role.ADMIN, Set.of(own));
    String yaml = "format: otakey-config/1\nproducts:\n- id: %s\n  name: renamed\n";
    apply(limited, yaml.formatted(foreign)).expect(403);
    apply(limited, yaml.formatted(own)).expect(200);
    apply(
            limited,
            """
            format: otakey-config/1
            connections:
            - {id: 1, platformId: p, scheme: mqtts, host: new.example, port: 8883}
            """)
        .expect(403);
    int theirs = connect(bed, foreign, "secret.example");
    apply(limited, yaml.formatted(own) + "  connectionId: " + theirs + "\n").expect(400);
    assertThat(bed.admin().get("/products/" + foreign).json().path("name").asText())
        .isEqualTo("A product");
  }

  private static ApiClient.Answer apply(ApiClient client, String yaml) {
    return client.send("POST", "/config", "application/yaml", yaml);
  }

  /** Lets a product grant a new connection. */
  private static int connect(AdminBed bed, String product, String host) {
    Connection connection =
        new Connection(
            "platform",
            "mqtts",
            host,
            8883,
            Optional.empty(),
            Optional.empty(),
            Optional.empty(),
            Optional.empty());
    int id = AdminBed.await(bed.registry().connections().create(AdminBed.TESTER, connection)).id();
    AdminBed.await(bed.registry().products().refresh());
    long version = bed.registry().products().product(product).orElseThrow().version();
    AdminBed.await(
        bed.registry()
            .products()
            .update(
                AdminBed.TESTER,
                product,
                version,
                new ProductSettings("A product", EnrollmentPolicy.DEFAULT, id)));
    return id;
  }

  private static void note(
      List<String> wrong, Operation operation, String who, boolean may, int status) {
    boolean refused = status == 401 || status == 403;
    if (refused == may) {
      wrong.add(operation.id() + " as " + who + ": " + status);
    }
  }

  private static int send(ApiClient client, Operation operation, String product) {
    String path =
        operation
            .path()
            .replace("{productId}/recovery/{step}", "{productId}/recovery/close")
            .replace("/recovery/{step}", "/recovery/go-on")
            .replace("{orderId}", "999999")
            .replace("{productId}", product)
            .replace("{deviceId}", "nobody")
            .replace("{action}", "block")
            .replace("{keyVersion}", "200")
            .replace("{campaignId}", "999999")
            .replace("{verb}", "pause")
            .replace("{tokenId}", "999999")
            .replace("{platformId}", "no-such")
            .replace("{webhookId}", "no-such");
    String mediaType = operation.consumes().stream().sorted().findFirst().orElse(null);
    String body =
        mediaType == null
            ? ""
            : BODIES.getOrDefault(
                operation.consumes().contains("text/csv") ? "text/csv" : mediaType, "");
    if (operation.consumes().contains("text/csv")) {
      mediaType = "text/csv";
    }
    return client.send(operation.method().name(), path, mediaType, body).status();
  }
}
