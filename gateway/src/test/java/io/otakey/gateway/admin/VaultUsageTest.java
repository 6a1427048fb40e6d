package io.otakey.gateway.admin;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.otakey.gateway.vault.VaultContents;
import io.otakey.gateway.vault.VaultContents.Kind;
import io.otakey.gateway.vault.VaultFile;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** A vault without what devices need is not taken over unless somebody insists. */
@ExtendWith(AdminBed.Extension.class)
class VaultUsageTest {
  private final AdminBed bed;
  private final ApiClient admin;
  private final Path file;
  private VaultContents before = VaultContents.create();

  VaultUsageTest(AdminBed bed) {
    this.bed = bed;
    this.admin = bed.admin();
    this.file = bed.vaultConfig().file();
  }

  @BeforeEach
  void remember() {
    before = VaultFile.read(file);
  }

  @AfterEach
  void restore() {
    VaultFile.write(file, before);
    admin.act("/vault/reload").expect(200);
  }

  @Test
  void usage_countsDevicesAndProductKeys() {
    String product = bed.product();
    JsonNode first = admin.get("/vault/usage").expect(200).json();
    bed.active(product, "a");
    bed.active(product, "b");
    bed.expected(product, "c");
    JsonNode now = admin.get("/vault/usage").expect(200).json();
    assertThat(devices(now) - devices(first)).isEqualTo(2);
    assertThat(now.at("/roots/0/version").asInt()).isEqualTo(1);
    assertThat(now.at("/roots/0/productKeys").asInt()).isPositive();
  }

  @Test
  void usage_countsPlatformsWithSecrets() {
    String body =
        "{'kind':'simulated','settings':{'at':'sealed'},'secrets':{'password':'x'}}"
            .replace('\'', '"');
    admin.put("/platforms/sealed", body).expect(200);
    JsonNode now = admin.get("/vault/usage").expect(200).json();
    assertThat(now.at("/roots/0/platforms").asInt()).isPositive();
  }

  @Test
  void retiredSecretThatDevicesNeed_isNotTakenOver() {
    bed.active(bed.product(), "a");
    VaultContents retired =
        before
            .withNew(Kind.ALLOCATION_SECRET)
            .withGranting(Kind.ALLOCATION_SECRET, 2)
            .withRetired(Kind.ALLOCATION_SECRET, 1);
    VaultFile.write(file, retired);
    String problem = admin.act("/vault/reload").expect(409).json().path("detail").asText();
    assertThat(problem).contains("devices hold a key of allocation secret 1").contains("force");
    assertThat(bed.vault().grantingAllocationId()).isEqualTo(1);
    admin.act("/vault/reload?force=maybe").expect(400);
    admin.act("/vault/reload?force=true").expect(200);
    assertThat(bed.vault().grantingAllocationId()).isEqualTo(2);
  }

  @Test
  void retiredSecretThatNobodyNeeds_isTakenOver() {
    VaultContents second = before.withNew(Kind.ALLOCATION_SECRET);
    VaultFile.write(file, second);
    admin.act("/vault/reload").expect(200);
    VaultFile.write(file, second.withRetired(Kind.ALLOCATION_SECRET, 2));
    admin.act("/vault/reload").expect(200);
    assertThat(bed.vault().allocation(2, "p")).isEmpty();
  }

  private static long devices(JsonNode usage) {
    return usage.at("/allocationSecrets/0/devices").asLong();
  }
}
