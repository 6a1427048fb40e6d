package io.otakey.gateway.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.otakey.gateway.admin.AdminBed;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** {@code otakey admin recovery} against the real API on a real database. */
@ExtendWith(AdminBed.Extension.class)
class RecoveryCommandTest {
  @TempDir private Path folder;

  @Test
  void aProduct_isOpenedReportedOnAndClosed(AdminBed bed) {
    String product = bed.product();
    for (String id : List.of("d1", "d2", "d3", "d4")) {
      bed.active(product, id);
    }
    bed.expected(product, "d5");
    Terminal.admin(bed, "devices block " + product + " d4").expect(0);
    String status = "recovery status --product " + product;
    assertThat(Terminal.admin(bed, status).expect(0).out())
        .containsPattern(product + " +1 +false +3 +0 +3 +1\\R");

    String open = "recovery open --above 40 --product " + product;
    assertThat(Terminal.admin(bed, open).expect(0).out())
        .containsPattern("order \\d+, open: done\\R");
    assertThat(Terminal.admin(bed, status).expect(0).out())
        .containsPattern(product + " +41 +true +3 +0 +3 +1\\R");
    bed.recovers(product, "d2", 41);
    assertThat(Terminal.admin(bed, status).expect(0).out())
        .containsPattern(product + " +41 +true +3 +1 +2 +1\\R");

    String report = "recovery report --product " + product;
    assertThat(Terminal.admin(bed, report).expect(0).out())
        .containsPattern("DEVICE +EPOCH +COMMITTED +LAST SEEN\\Rd1 +1 +\\d{4}-.*\\Rd3 +1 +\\d{4}-")
        .doesNotContain("d2", "d4", "d5");
    Terminal.Outcome page = Terminal.admin(bed, report + " --limit 1").expect(0);
    assertThat(page.out()).contains("d1").doesNotContain("d3");
    assertThat(page.err()).contains("more: --after d1");
    assertThat(Terminal.admin(bed, "--json " + report + " --after d1").json().path("devices"))
        .extracting(device -> device.path("deviceId").asText())
        .containsExactly("d3");

    String close = "recovery close --product " + product;
    assertThat(Terminal.admin(bed, close).expect(0).out()).contains("close: done");
    assertThat(Terminal.admin(bed, close).expect(1).err()).contains("not in recovery");
    assertThat(Terminal.admin(bed, status).expect(0).out())
        .containsPattern(product + " +41 +false +3 +1 +2 +1\\R");
  }

  @Test
  void ordersThatWait_areApprovedOrDeniedBySomebodyElse(AdminBed bed) {
    String product = bed.product();
    Path file = folder.resolve("token");
    Terminal.admin(bed, "token create second-admin --role admin -o " + file).expect(0);
    Map<String, String> second =
        Map.of("OTAKEY_URL", bed.url(), "OTAKEY_TOKEN_FILE", file.toString());
    String open = order(bed, "open --product " + product);
    String goOn = order(bed, "go-on");
    assertThat(Terminal.admin(bed, "recovery approve " + open).expect(1).err())
        .contains("ask somebody else");
    assertThat(Terminal.run(second, "recovery approve " + open).expect(0).out())
        .contains("order " + open + ", open: done");
    assertThat(Terminal.run(second, "recovery deny " + goOn).expect(0).out())
        .contains("order " + goOn + ", go-on: denied");
    assertThat(Terminal.run(second, "recovery approve " + goOn).expect(1).err())
        .contains("decided already");
    assertThat(Terminal.admin(bed, "recovery status").expect(0).out())
        .contains("devices are served", " in the database, ")
        .containsPattern(goOn + " +go-on +denied +bootstrap +second-admin +\\d{4}-")
        .containsPattern(open + " +open +" + product + " +done +bootstrap +second-admin +\\d{4}-");
    Terminal.admin(bed, "token revoke " + tokenId(bed)).expect(0);
  }

  private static String tokenId(AdminBed bed) {
    return Terminal.admin(bed, "token list")
        .out()
        .lines()
        .filter(line -> line.contains("second-admin"))
        .findFirst()
        .orElseThrow()
        .strip()
        .replaceAll(" .*", "");
  }

  /** Its number. */
  private static String order(AdminBed bed, String step) {
    String said = Terminal.admin(bed, "recovery " + step + " --needs-approval").expect(0).out();
    assertThat(said).contains("waiting-for-approval");
    return said.replaceAll("(?s).*order (\\d+),.*", "$1");
  }

  @Test
  void choicesForTheInstallation_areDoneOrRefused(AdminBed bed) {
    String product = bed.product();
    bed.active(product, "d1");
    assertThat(Terminal.admin(bed, "recovery start-afresh").expect(1).err())
        .contains("recover instead");
    assertThat(Terminal.admin(bed, "recovery go-on").expect(0).out()).contains("go-on: done");
    assertThat(Terminal.admin(bed, "recovery recover").expect(0).out()).contains("recover: done");
    assertThat(Terminal.admin(bed, "recovery status --product " + product).expect(0).out())
        .containsPattern(product + " +2 +true +1 +0 +1 +0\\R");
    assertThat(Terminal.admin(bed, "recovery open --above 255 --product " + product).code())
        .isEqualTo(1);
    assertThat(Terminal.admin(bed, "recovery status --product nobodys").expect(1).err())
        .contains("nobodys");
    Terminal.admin(bed, "recovery close --product " + product).expect(0);
    Terminal.admin(bed, "recovery open").expect(2);
    Terminal.admin(bed, "recovery").expect(2);
  }
}
