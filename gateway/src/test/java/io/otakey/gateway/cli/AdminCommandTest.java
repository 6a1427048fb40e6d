package io.otakey.gateway.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.otakey.gateway.admin.AdminBed;
import io.otakey.gateway.webhook.Receiver;
import io.vertx.core.Vertx;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

/** The command line against the real API on a real database. */
@ExtendWith(AdminBed.Extension.class)
class AdminCommandTest {
  @TempDir private Path folder;

  private record Outcome(int code, String out, String err) {
    Outcome expect(int wanted) {
      assertThat(code).as(out + err).isEqualTo(wanted);
      return this;
    }

    JsonNode json() {
      try {
        return ApiConnection.JSON.readTree(out);
      } catch (IOException e) {
        throw new AssertionError(out, e);
      }
    }
  }

  @Test
  void events_areShownPagedAndFollowed(AdminBed bed) {
    String product = bed.product();
    bed.active(product, "ev1");
    otakey(bed, "devices block " + product + " ev1").expect(0);
    Outcome page = otakey(bed, "events --product " + product).expect(0);
    assertThat(page.out())
        .containsPattern("enrolled +" + product + "/ev1 +epoch 1\\R")
        .containsPattern("blocked +" + product + "/ev1 +actor bootstrap\\R");
    assertThat(page.err()).contains("later: --after ");
    JsonNode first =
        otakey(bed, "--json events --limit 1 --kind enrolled --product " + product).json();
    Outcome rest =
        otakey(
            bed,
            "--json events --follow --limit 1 --product "
                + product
                + " --after "
                + first.path("cursor").asText());
    assertThat(rest.expect(0).json().path("kind").asText()).isEqualTo("blocked");
    assertThat(otakey(bed, "events --follow --after 900000000000-1").expect(1).err())
        .contains("ahead of this database");
  }

  @Test
  void product_isCreatedUpdatedAndShown(AdminBed bed) {
    otakey(
            bed,
            "product create cli-meter --name Meter --quota 50 --allow-list=false"
                + " --re-enroll until=2099-01-01T00:00:00Z")
        .expect(0);
    Outcome keyed = otakey(bed, "product key add cli-meter").expect(0);
    assertThat(keyed.out()).contains("keys", "1", "UNPROTECTED");
    otakey(bed, "product update cli-meter --name Better --quota none --re-enroll never").expect(0);
    JsonNode product = otakey(bed, "--json product show cli-meter").expect(0).json();
    assertThat(product.path("name").asText()).isEqualTo("Better");
    assertThat(product.path("policy").toString())
        .isEqualTo("{\"allowList\":false,\"reEnroll\":{\"mode\":\"never\"}}");
    assertThat(otakey(bed, "product list").expect(0).out())
        .containsPattern("cli-meter +Better +false +never +1 +none");
  }

  @Test
  void productKey_isImportedAndRetired(AdminBed bed) throws IOException {
    String product = bed.product();
    Path key = Files.writeString(folder.resolve("key"), "0123456789abcdef".repeat(4) + "\n");
    otakey(bed, "product key import " + product + " --key-file " + key).expect(0);
    Outcome retired = otakey(bed, "product key retire " + product + " 1").expect(0);
    assertThat(retired.out()).contains("1 (retired), 2 (imported)");
    assertThat(otakey(bed, "product key retire " + product + " 1 --undo").expect(0).out())
        .contains("1, 2 (imported)");
  }

  @Test
  void bundle_goesToAFileOfItsOwner(AdminBed bed) throws IOException {
    String product = bed.product();
    Path file = folder.resolve("bundle.hex");
    otakey(
            bed,
            "product bundle "
                + product
                + " --format hex --gateway-address gw.example --address 0x000FF000 -o "
                + file)
        .expect(0);
    assertThat(Files.readString(file)).startsWith(":02000004000FEB\n:10F00000").endsWith("FF\n");
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
        .isEqualTo("rw-------");
    JsonNode json = otakey(bed, "product bundle " + product).expect(0).json();
    assertThat(json.path("format").asText()).isEqualTo("otakey-bundle/1");
    assertThat(otakey(bed, "product bundle " + product + " --format c").expect(0).out())
        .contains("#define OTAKEY_PRODUCT_ID \"" + product + "\"");
  }

  @Test
  void devices_areFoundAndActedOn(AdminBed bed) {
    String product = bed.product();
    bed.active(product, "d1");
    bed.active(product, "d2");
    assertThat(otakey(bed, "devices list --product " + product).expect(0).out())
        .containsPattern(product + " +d1 +active +1")
        .containsPattern(product + " +d2 +active +1");
    Outcome paged = otakey(bed, "devices list --limit 1 --product " + product).expect(0);
    assertThat(paged.err()).contains("more: --after " + product + "/d1");
    for (String step :
        List.of(
            "reset expected",
            "withdraw-reset active",
            "block blocked",
            "unblock active",
            "block blocked",
            "reinstate active",
            "approve active",
            "remove removed",
            "reopen expected",
            "revoke revoked")) {
      String action = step.replaceAll(" .*", "");
      otakey(bed, "devices " + action + " " + product + " d1").expect(0);
      JsonNode device = otakey(bed, "--json devices show " + product + " d1").expect(0).json();
      assertThat(device.path("status").asText()).as(step).isEqualTo(step.replaceAll(".* ", ""));
    }
    Outcome some = otakey(bed, "devices block " + product + " d1 d2 d3").expect(1);
    assertThat(some.err()).contains("d1: the device is revoked", "d3: product");
    assertThat(some.out()).containsPattern("d2 +blocked");
  }

  @Test
  void awaitingDevices_areApprovedTogether(AdminBed bed) {
    String product = bed.product();
    for (String id : List.of("d1", "d2", "d3")) {
      bed.asksAgain(bed.active(product, id));
    }
    bed.until(() -> otakey(bed, "devices awaiting " + product).out().contains("d3"));
    assertThat(otakey(bed, "devices approve " + product + " d1").expect(0).out())
        .contains("1 approved");
    assertThat(otakey(bed, "devices approve " + product + " --all").expect(0).out())
        .contains("2 approved");
    assertThat(otakey(bed, "devices awaiting " + product).expect(0).out()).doesNotContain("d1");
    otakey(bed, "devices approve " + product + " nobody").expect(1);
    otakey(bed, "devices approve " + product).expect(2);
  }

  @Test
  void platform_isRegistered_checked_compared_andForgotten(AdminBed bed) throws IOException {
    Path secret = folder.resolve("platform-password");
    Files.writeString(secret, "s3cret\n");
    String put = "platform put cli --kind simulated --set at=cli";
    assertThat(otakey(bed, put + " --secret password=" + secret).expect(0).out())
        .contains("is of kind simulated");
    assertThat(otakey(bed, "platform show cli").expect(0).out())
        .contains("password", "***")
        .doesNotContain("s3cret");
    assertThat(otakey(bed, "platform list").expect(0).out()).contains("cli", "TO PREPARE");
    assertThat(otakey(bed, "platform kinds").expect(0).out()).contains("hook", "required");
    assertThat(otakey(bed, "platform check cli").expect(0).out()).contains("answers");
    assertThat(otakey(bed, "platform reconcile cli").expect(0).out()).contains("NEEDED BY NOBODY");
    assertThat(otakey(bed, put + " --secret password=/no/file").expect(1).err())
        .contains("does not exist");
    assertThat(otakey(bed, "platform put cli --kind simulated --set ta=cli").expect(1).err())
        .contains("ta is no setting", "at is missing");
    otakey(bed, "platform delete cli").expect(0);
    assertThat(otakey(bed, "platform show cli").expect(1).err()).contains("is not registered");
  }

  @Test
  void webhook_isMadeTestedRenewedResumedAndForgotten(AdminBed bed) throws IOException {
    Vertx vertx = Vertx.vertx();
    Path secret = folder.resolve("secret");
    try (Receiver receiver = new Receiver(vertx)) {
      String put = "webhook put cli --insecure --kind moved --to " + receiver.url();
      assertThat(otakey(bed, put + " -o " + secret).expect(0).out()).contains("secret in");
      assertThat(Files.readString(secret)).startsWith("whsec_");
      assertThat(otakey(bed, put + " --product nobodys").expect(0).out()).contains("is changed");
      assertThat(otakey(bed, "webhook show cli").expect(0).out())
          .contains("nobodys", "moved", "waiting", "delivering")
          .doesNotContain("whsec_");
      assertThat(otakey(bed, "webhook list").expect(0).out()).contains("cli", receiver.url());
      assertThat(otakey(bed, "webhook test cli").expect(0).out()).contains("took it");
      assertThat(receiver.posts.get(0).isSignedBy(Files.readString(secret).strip())).isTrue();
      assertThat(otakey(bed, "webhook new-secret cli").expect(0).out()).startsWith("whsec_");
      assertThat(otakey(bed, "webhook resume cli").expect(0).out()).contains("delivering");
      assertThat(otakey(bed, put + " --trust /no/file").expect(1).err()).contains("does not exist");
      otakey(bed, "webhook delete cli").expect(0);
      assertThat(otakey(bed, "webhook test cli").expect(1).err()).contains("no webhook 'cli'");
    } finally {
      AdminBed.await(vertx.close());
    }
  }

  @Test
  void campaign_isForecastOrderedAndActedOn(AdminBed bed) throws IOException {
    String product = bed.product();
    bed.active(product, "d1");
    bed.active(product, "d2");
    String order = "campaign create spring --rotate --product " + product;
    assertThat(otakey(bed, order + " --waves 50 --rate 0.5 --dry-run").expect(0).out())
        .containsPattern("2 +1 1 +0.5 +4 s +0");
    Path list = Files.writeString(folder.resolve("ids"), "d1\n\n");
    JsonNode made =
        otakey(
                bed,
                "--json "
                    + order
                    + " --list "
                    + list
                    + " --key-older-than 90d --platform cloud --firmware 1.0 --id-prefix d"
                    + " --percent 50 --rate 10 --rate-factor 2 --rate-every 5 --rate-max 40"
                    + " --rate-counting notified --waves 1,10 --success 90 --pause-after-wave"
                    + " --stop failed:abort:5%:7 --stop any:pause:20% --timeout 2h --retries 2"
                    + " --join-until 2099-01-01T00:00:00Z --needs-approval --start")
            .expect(0)
            .json();
    assertThat(made.path("target").toString())
        .isEqualTo(
            ("{'products':['"
                    + product
                    + "'],'idPrefix':'d','firmware':'1.0',"
                    + "'platformId':'cloud','keyOlderThanSeconds':7776000,'listed':1,'percent':50}")
                .replace('\'', '"'));
    assertThat(made.path("stopRules").toString())
        .isEqualTo(
            ("[{'failure':'failed','action':'abort','percent':5,'minimum':7},"
                    + "{'failure':'any','action':'pause','percent':20,'minimum':20}]")
                .replace('\'', '"'));
    assertThat(made.path("pace").toString())
        .isEqualTo(
            "{'perSecond':10.0,'factor':2.0,'every':5,'counting':'notified','maxPerSecond':40.0}"
                .replace('\'', '"'));
    assertThat(made.path("waves").toString()).isEqualTo("[1,10]");
    assertThat(made.path("timeoutSeconds").asInt()).isEqualTo(7200);
    String id = made.path("id").asText();
    assertThat(otakey(bed, "campaign show " + id).expect(0).out())
        .containsPattern(id + " +spring +rotate +planning");
    assertThat(otakey(bed, "campaign list").expect(0).out()).contains("spring");
    assertThat(otakey(bed, "campaign devices " + id).expect(0).out()).contains("TRIES");
    assertThat(otakey(bed, "campaign start " + id).expect(1).err()).contains("needs ready");
    assertThat(otakey(bed, "campaign abort " + id).expect(0).out()).contains("is stopping");
    assertThat(otakey(bed, order + " --stop sometimes").expect(1).err()).contains("any:pause:10%");
    assertThat(otakey(bed, order + " --timeout soon").expect(1).err()).contains("12h or 90d");
    otakey(bed, "campaign create x --product " + product).expect(2);
    otakey(bed, order + " --revoke").expect(2);
  }

  @Test
  void wishes_areAskedForAndTakenBack(AdminBed bed) {
    String product = bed.product();
    bed.active(product, "d1");
    bed.expected(product, "d2");
    Outcome some = otakey(bed, "devices rotate " + product + " d1 d2").expect(1);
    assertThat(some.out()).contains("1 asked");
    assertThat(some.err()).contains("d2: left alone, for it is not active");
    JsonNode device = otakey(bed, "--json devices show " + product + " d1").expect(0).json();
    assertThat(device.path("wantedEpoch").asLong()).isEqualTo(2);
    otakey(bed, "devices let-be " + product + " d1").expect(0);
    Outcome nowhere = otakey(bed, "devices move " + product + " --connection 65535 d1").expect(1);
    assertThat(nowhere.err()).contains("there is no connection 65535");
    otakey(bed, "devices move " + product + " --connection 0 d1").expect(2);
    otakey(bed, "devices move " + product + " d1").expect(2);
  }

  @Test
  void import_reportsLinesAndResumes(AdminBed bed) throws IOException {
    String product = bed.product();
    StringBuilder csv = new StringBuilder("deviceId\n");
    for (int i = 2; i <= 120_001; i++) {
      csv.append(i % 50_000 == 0 ? "bad id" : "cli-" + i).append('\n');
    }
    Path file = Files.writeString(folder.resolve("fleet.csv"), csv);
    Outcome outcome =
        otakey(bed, "devices import " + product + " " + file + " --progress").expect(1);
    assertThat(outcome.err())
        .contains("line 50000: the device id", "line 100000: the device id", "100 %")
        .doesNotContain("go on with");
    assertThat(outcome.out())
        .contains("120,000 rows: 119,998 new, 0 known (0 of them barred), 2 in error");
    JsonNode again =
        otakey(bed, "--json devices import " + product + " " + file + " --from-line 100001")
            .expect(0)
            .json();
    assertThat(again.path("lines").asInt()).isEqualTo(20_001);
    assertThat(again.path("existing").asInt()).isEqualTo(20_001);
  }

  @Test
  void import_thatBreaksOff_tellsHowToGoOn(AdminBed bed) throws IOException {
    Path file = Files.writeString(folder.resolve("fleet.ndjson"), "{\"deviceId\":\"a\"}\n");
    Outcome outcome = otakey(bed, "devices import absent " + file).expect(1);
    assertThat(outcome.err())
        .contains("absent", "go on with: otakey admin devices import absent", "--from-line 1");
    otakey(bed, "devices import absent nowhere.csv").expect(1);
    otakey(bed, "devices import absent " + file + " --format xml").expect(2);
    otakey(bed, "devices import absent " + file + " --from-line 0").expect(2);
  }

  @Test
  void export_writesWhatImportReads(AdminBed bed) throws IOException {
    String product = bed.product();
    bed.active(product, "one");
    bed.expected(product, "two");
    for (String name : List.of("out.csv", "out.ndjson")) {
      Path file = folder.resolve(name);
      Outcome outcome =
          otakey(bed, "devices export --progress --product " + product + " -o " + file).expect(0);
      assertThat(outcome.err()).contains("lines");
      assertThat(Files.readString(file)).contains("one", "two");
      assertThat(otakey(bed, "devices import " + product + " " + file).expect(0).out())
          .contains("2 rows: 0 new, 2 known");
    }
    assertThat(otakey(bed, "devices export --product " + product).expect(0).out().lines())
        .hasSize(2);
  }

  @Test
  void config_isExportedChangedAndApplied(AdminBed bed) throws IOException {
    String product = bed.product();
    Path file = folder.resolve("config.yaml");
    otakey(bed, "config export -o " + file).expect(0);
    assertThat(otakey(bed, "config apply " + file).expect(0).out()).contains("nothing to change");
    Path changed =
        Files.writeString(
            folder.resolve("changed.yaml"),
            "format: otakey-config/1\nproducts: [{id: " + product + ", name: Renamed}]\n");
    assertThat(otakey(bed, "config apply --dry-run " + changed).expect(0).out())
        .containsPattern("WOULD +WHAT")
        .containsPattern("update +product " + product + " +name +A product +Renamed");
    otakey(bed, "config apply " + changed).expect(0);
    assertThat(otakey(bed, "product show " + product).expect(0).out()).contains("Renamed");
    Path broken = Files.writeString(folder.resolve("broken.yaml"), "format: x\ncolour: red\n");
    assertThat(otakey(bed, "config apply " + broken).expect(1).err())
        .contains("- format must be", "- colour is not known");
  }

  @Test
  void tokens_areMadeListedAndRevoked(AdminBed bed) throws IOException {
    Path file = folder.resolve("token");
    JsonNode stored =
        otakey(bed, "--json token create cli-bot --role viewer --product cli-p -o " + file)
            .expect(0)
            .json();
    String token = Files.readString(file).strip();
    assertThat(token).matches("[0-9a-f]{64}");
    Map<String, String> asBot =
        Map.of("OTAKEY_URL", bed.url(), "OTAKEY_TOKEN_FILE", file.toString());
    run(asBot, "product list").expect(0);
    assertThat(run(asBot, "token list").expect(1).err()).contains("role admin");
    assertThat(otakey(bed, "token list").expect(0).out())
        .containsPattern("cli-bot +viewer +cli-p")
        .doesNotContain(token);
    otakey(bed, "token revoke " + stored.path("id").asText()).expect(0);
    assertThat(run(asBot, "product list").expect(1).err()).contains("revoked");
    assertThat(otakey(bed, "token create cli-shown --role viewer").expect(0).out().strip())
        .matches("[0-9a-f]{64}");
  }

  @Test
  void connectionsAuditAndVault_areShown(AdminBed bed) {
    String create =
        "connection create --platform cloud --scheme mqtts --host c.example --port 8883";
    assertThat(otakey(bed, create).expect(0).err()).isEmpty();
    assertThat(otakey(bed, create + " --client-id x").expect(0).err()).contains("one client id");
    assertThat(otakey(bed, create + " --user-name x").expect(0).err())
        .contains("do not tell the device");
    assertThat(otakey(bed, "connection list").expect(0).out()).contains("mqtts://c.example:8883");
    Outcome audit = otakey(bed, "audit --actor bootstrap --limit 1").expect(0);
    assertThat(audit.out()).contains("127.0.0.1", "bootstrap");
    assertThat(audit.err()).contains("more: --before");
    assertThat(otakey(bed, "vault status").expect(0).out())
        .containsPattern("allocation secret +1 +1 +granting");
    otakey(bed, "vault reload").expect(0);
  }

  @Test
  void exitCodes_tellRefusalFromUsage(AdminBed bed) throws IOException {
    otakey(bed, "product").expect(2);
    otakey(bed, "product create").expect(2);
    otakey(bed, "nonsense").expect(2);
    assertThat(otakey(bed, "product show absent").expect(1).err()).contains("absent");
    assertThat(run(Map.of(), "product list").expect(1).err()).contains("--token-file");
    assertThat(run(Map.of("OTAKEY_TOKEN", "x"), "product list").expect(1).err()).contains("64 hex");
    int free;
    try (ServerSocket socket = new ServerSocket(0)) {
      free = socket.getLocalPort();
    }
    assertThat(
            run(
                    Map.of("OTAKEY_TOKEN", bed.adminToken()),
                    "--url http://127.0.0.1:" + free + " product list")
                .expect(1)
                .err())
        .contains("is the gateway running");
    assertThat(run(Map.of("OTAKEY_TOKEN", bed.adminToken()), "--url nonsense: product list").code())
        .isEqualTo(1);
    otakey(bed, "--help").expect(0);
  }

  /** Options of the root are taken after subcommands, too. */
  @Test
  void rootOptions_areInherited(AdminBed bed) throws IOException {
    Path file = Files.writeString(folder.resolve("t"), bed.adminToken());
    run(Map.of(), "product list --json --url " + bed.url() + " --token-file " + file).expect(0);
  }

  private static Outcome otakey(AdminBed bed, String line) {
    return run(Map.of("OTAKEY_URL", bed.url(), "OTAKEY_TOKEN", bed.adminToken()), line);
  }

  private static Outcome run(Map<String, String> environment, String line) {
    StringWriter out = new StringWriter();
    StringWriter err = new StringWriter();
    List<String> words = new ArrayList<>(List.of(line.split(" ", -1)));
    int code =
        new CommandLine(new AdminCommand(environment))
            .setOut(new PrintWriter(out))
            .setErr(new PrintWriter(err))
            .execute(words.toArray(String[]::new));
    return new Outcome(code, out.toString(), err.toString());
  }
}
