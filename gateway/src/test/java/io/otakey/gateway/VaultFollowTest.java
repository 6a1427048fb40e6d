package io.otakey.gateway;

import static io.otakey.gateway.RecoveryBed.until;
import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.core.instrument.search.Search;
import io.otakey.gateway.metric.Metric;
import io.otakey.gateway.vault.VaultContents;
import io.otakey.gateway.vault.VaultContents.Kind;
import io.otakey.gateway.vault.VaultFile;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A vault that was taken over on one node is used by all that hold it. */
class VaultFollowTest {
  private static final String IN_FORCE = "\"inForce\":true";

  @TempDir private Path folder;

  @Test
  void nodesFollow_onceTheirFileIsTheSame_andNeverToAnother() throws Exception {
    try (RecoveryBed bed = new RecoveryBed(folder)) {
      nodesFollow(bed);
    }
  }

  private void nodesFollow(RecoveryBed bed) throws Exception {
    TestGateway first = bed.start();
    TestGateway second = bed.start("second", Map.of());
    VaultContents before = VaultFile.read(file("node"));
    VaultContents next =
        before.withNew(Kind.ALLOCATION_SECRET).withGranting(Kind.ALLOCATION_SECRET, 2);

    VaultFile.write(file("second"), next);
    assertThat(bed.admin(second, "GET", "/vault"))
        .as("nobody took it over")
        .contains(IN_FORCE)
        .doesNotContain("\"id\":2");
    VaultFile.write(file("second"), before.withNew(Kind.ALLOCATION_SECRET));
    VaultFile.write(file("node"), next);
    assertThat(bed.admin(first, "POST", "/vault/reload")).contains(IN_FORCE);
    until("the second knows that it is behind", () -> behind(second) == 1);
    assertThat(bed.admin(second, "GET", "/vault")).contains("\"inForce\":false");
    assertThat(behind(first)).isZero();

    VaultFile.write(file("second"), next);
    until("the second follows", () -> behind(second) == 0);
    assertThat(bed.admin(second, "GET", "/vault"))
        .isEqualTo(bed.admin(first, "GET", "/vault"))
        .contains(IN_FORCE)
        .contains("\"id\":2,\"root\":1,\"state\":\"granting\"");
  }

  @Test
  void rootThatProductKeysNeed_isNotTakenOver() throws Exception {
    try (RecoveryBed bed = new RecoveryBed(folder)) {
      TestGateway node = bed.start();
      bed.product(node);
      VaultContents moved = VaultFile.read(file("node")).withNewRoot();
      for (Kind kind : Kind.values()) {
        moved = moved.withNew(kind).withGranting(kind, 2);
      }
      VaultFile.write(file("node"), moved);
      bed.admin(node, "POST", "/vault/reload");
      String both = bed.admin(node, "GET", "/vault");
      for (Kind kind : Kind.values()) {
        moved = moved.withRetired(kind, 1);
      }
      VaultFile.write(file("node"), moved.withoutRoot(1));
      HttpResponse<String> refused = bed.ask(node, "POST", "/vault/reload");
      assertThat(refused.statusCode()).isEqualTo(409);
      assertThat(refused.body()).contains("product keys in use come from root secret 1");
      assertThat(bed.admin(node, "GET", "/vault")).isEqualTo(both);
    }
  }

  private static double behind(TestGateway node) {
    return Search.in(node.gateway().meters()).name(Metric.VAULT_BEHIND.id()).gauge().value();
  }

  private Path file(String node) {
    return folder.resolve(node).resolve("vault.json");
  }
}
