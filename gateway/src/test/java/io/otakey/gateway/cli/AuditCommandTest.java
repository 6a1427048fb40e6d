package io.otakey.gateway.cli;

import static io.otakey.gateway.cli.Terminal.admin;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.otakey.gateway.admin.AdminBed;
import io.otakey.gateway.cli.Terminal.Outcome;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** {@code otakey admin audit verify} against the real API on a real database. */
@ExtendWith(AdminBed.Extension.class)
class AuditCommandTest {

  /** Every entry so far has its link; gives the answer. */
  private static JsonNode linked(AdminBed bed) {
    bed.until(
        () -> {
          Outcome outcome = admin(bed, "--json audit verify");
          return outcome.code() == 0
              ? outcome.json().path("waiting").asLong() == 0
              : !outcome.err().contains("there is no chain yet");
        });
    return admin(bed, "--json audit verify").expect(0).json();
  }

  @Test
  void verify_tellsTheHead_andComparesOneThatWasKept(AdminBed bed) {
    bed.product();
    JsonNode found = linked(bed);
    String head = found.path("head").asText();
    long links = found.path("links").asLong();
    assertThat(head).matches("[0-9a-f]{64}:" + links);
    assertThat(found.path("entries").asLong()).isEqualTo(links);
    bed.product();
    linked(bed);
    Outcome table = admin(bed, "audit verify --head " + head).expect(0);
    assertThat(table.out()).containsPattern("entries +[0-9]+\\R").contains("head");
    String other = (head.charAt(0) == '0' ? '1' : '0') + head.substring(1);
    assertThat(admin(bed, "audit verify --head " + other).expect(1).err())
        .contains("the audit log is broken: at position " + links);
    String later = head.substring(0, 65) + (links + 1000);
    assertThat(admin(bed, "audit verify --head " + later).expect(1).err())
        .contains("it was cut. It ends at position ");
    assertThat(admin(bed, "audit verify --head " + links).expect(2).err()).contains("HEX:N");
  }

  @Test
  void verify_namesTheFirstEntryThatDoesNotHold_andFails(AdminBed bed) {
    String product = bed.product();
    bed.expected(product, "d");
    linked(bed);
    long id =
        admin(bed, "--json audit --limit 1 --product " + product)
            .json()
            .path("entries")
            .path(0)
            .path("id")
            .asLong();
    bed.tamper("update audit set actor = 'mallory' where id = " + id);
    Outcome broken = admin(bed, "audit verify").expect(1);
    assertThat(broken.out()).isEmpty();
    assertThat(broken.err())
        .containsPattern(
            "the audit log is broken at position [0-9]+, entry " + id + ": it was changed\\R");
    bed.tamper("update audit set actor = 'tester' where id = " + id);
    linked(bed);
  }
}
