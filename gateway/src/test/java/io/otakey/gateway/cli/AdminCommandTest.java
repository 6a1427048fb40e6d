package io.otakey.gateway.cli;

import static io.otakey.gateway.cli.Terminal.admin;
import static io.otakey.gateway.cli.Terminal.run;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.otakey.gateway.admin.AdminBed;
import io.otakey.gateway.cli.Terminal.Outcome;
import io.otakey.gateway.webhook.Receiver;
import io.vertx.core.Vertx;
import java.io.IOException;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** The command line against the real API on a real database. */
@ExtendWith(AdminBed.Extension.class)
class AdminCommandTest {
  @TempDir private Path folder;

  @Test
  void events_areShownPagedAndFollowed(AdminBed bed) {
    String product = bed.product();
    bed.active(product, "ev1");
    admin(bed, "devices block " + product + " ev1").expect(0);
    Outcome page = admin(bed, "events --product " + product).expect(0);
    assertThat(page.out())
        .containsPattern("enrolled +" + product + "/ev1 +epoch 1\\R")
        .containsPattern("blocked +" + product + "/ev1 +actor bootstrap\\R");
    assertThat(page.err()).contains("later: --after ");
    JsonNode first =
        admin(bed, "--json events --limit 1 --kind enrolled --product " + product).json();
    Outcome rest =
        admin(
            bed,
            "--json events --follow --limit 1 --product "
                + product
                + " --after "
                + first.path("cursor").asText());
    assertThat(rest.expect(0).json().path("kind").asText()).isEqualTo("blocked");
    assertThat(admin(bed, "events --follow --after 900000000000-1").expect(1).err())
        .contains("ahead of this database");
  }

  @Test
  void product_isCreatedUpdatedAndShown(AdminBed bed) {
    admin(
            bed,
            "product create cli-meter --name Meter --quota 50 --allow-list=false"
                + " --re-enroll until=2099-01-01T00:00:00Z")
        .expect(0);
    Outcome keyed = admin(bed, "product key add cli-meter").expect(0);
    assertThat(keyed.out()).contains("keys", "1", "UNPROTECTED");
    admin(bed, "product update cli-meter --name Better --quota none --re-enroll never").expect(0);
    JsonNode product = admin(bed, "--json product show cli-meter").expect(0).json();
    assertThat(product.path("name").asText()).isEqualTo("Better");
    assertThat(product.path("policy").toString())
        .isEqualTo("{\"allowList\":false,\"reEnroll\":{\"mode\":\"never\"}}");
    assertThat(admin(bed, "product list").expect(0).out())
        .containsPattern("cli-meter +Better +false +never +1 +none");
  }

  @Test
  void productKey_isImportedAndRetired(AdminBed bed) throws IOException {
    String product = bed.product();
    Path key = Files.writeString(folder.resolve("key"), "0123456789abcdef".repeat(4) + "\n");
    admin(bed, "product key import " + product + " --key-file " + key).expect(0);
    Outcome retired = admin(bed, "product key retire " + product + " 1").expect(0);
    assertThat(retired.out()).contains("1 (retired), 2 (imported)");
    assertThat(admin(bed, "product key retire " + product + " 1 --undo").expect(0).out())
        .contains("1, 2 (imported)");
  }

  @Test
  void bundle_goesToAFileOfItsOwner(AdminBed bed) throws IOException {
    String product = bed.product();
    Path file = folder.resolve("bundle.hex");
    admin(
            bed,
            "product bundle "
                + product
                + " --format hex --gateway-address gw.example --address 0x000FF000 -o "
                + file)
        .expect(0);
    assertThat(Files.readString(file)).startsWith(":02000004000FEB\n:10F00000").endsWith("FF\n");
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
        .isEqualTo("rw-------");
    JsonNode json = admin(bed, "product bundle " + product).expect(0).json();
    assertThat(json.path("format").asText()).isEqualTo("otakey-bundle/1");
    assertThat(admin(bed, "product bundle " + product + " --format c").expect(0).out())
        .contains("#define OTAKEY_PRODUCT_ID \"" + product + "\"");
  }

  @Test
  void devices_areFoundAndActedOn(AdminBed bed) {
    String product = bed.product();
    bed.active(product, "d1");
    bed.active(product, "d2");
    assertThat(admin(bed, "devices list --product " + product).expect(0).out())
        .containsPattern(product + " +d1 +active +1")
        .containsPattern(product + " +d2 +active +1");
    Outcome paged = admin(bed, "devices list --limit 1 --product " + product).expect(0);
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
      admin(bed, "devices " + action + " " + product + " d1").expect(0);
      JsonNode device = admin(bed, "--json devices show " + product + " d1").expect(0).json();
      assertThat(device.path("status").asText()).as(step).isEqualTo(step.replaceAll(".* ", ""));
    }
    Outcome some = admin(bed, "devices block " + product + " d1 d2 d3").expect(1);
    assertThat(some.err()).contains("d1: the device is revoked", "d3: product");
    assertThat(some.out()).containsPattern("d2 +blocked");
  }

  @Test
  void awaitingDevices_areApprovedTogether(AdminBed bed) {
    String product = bed.product();
    for (String id : List.of("d1", "d2", "d3")) {
      bed.asksAgain(bed.active(product, id));
    }
    bed.until(() -> admin(bed, "devices awaiting " + product).out().contains("d3"));
    assertThat(admin(bed, "devices approve " + product + " d1").expect(0).out())
        .contains("1 approved");
    assertThat(admin(bed, "devices approve " + product + " --all").expect(0).out())
        .contains("2 approved");
    assertThat(admin(bed, "devices awaiting " + product).expect(0).out()).doesNotContain("d1");
    admin(bed, "devices approve " + product + " nobody").expect(1);
    admin(bed, "devices approve " + product).expect(2);
  }

  @Test
  void platform_isRegistered_checked_compared_andForgotten(AdminBed bed) throws IOException {
    Path secret = folder.resolve("platform-password");
    Files.writeString(secret, "s3cret\n");
    String put = "platform put cli --kind simulated --set at=cli";
    assertThat(admin(bed, put + " --secret password=" + secret).expect(0).out())
        .contains("is of kind simulated");
    assertThat(admin(bed, "platform show cli").expect(0).out())
        .contains("password", "***")
        .doesNotContain("s3cret");
    assertThat(admin(bed, "platform list").expect(0).out()).contains("cli", "TO PREPARE");
    assertThat(admin(bed, "platform kinds").expect(0).out()).contains("hook", "required");
    assertThat(admin(bed, "platform check cli").expect(0).out()).contains("answers");
    assertThat(admin(bed, "platform reconcile cli").expect(0).out()).contains("NEEDED BY NOBODY");
    assertThat(admin(bed, put + " --secret password=/no/file").expect(1).err())
        .contains("does not exist");
    assertThat(admin(bed, "platform put cli --kind simulated --set ta=cli").expect(1).err())
        .contains("ta is no setting", "at is missing");
    admin(bed, "platform delete cli").expect(0);
    assertThat(admin(bed, "platform show cli").expect(1).err()).contains("is not registered");
  }

  @Test
  void webhook_isMadeTestedRenewedResumedAndForgotten(AdminBed bed) throws IOException {
    Vertx vertx = Vertx.vertx();
    Path secret = folder.resolve("secret");
    try (Receiver receiver = new Receiver(vertx)) {
      String put = "webhook put cli --insecure --kind moved --to " + receiver.url();
      assertThat(admin(bed, put + " -o " + secret).expect(0).out()).contains("secret in");
      assertThat(Files.readString(secret)).startsWith("whsec_");
      assertThat(admin(bed, put + " --product nobodys").expect(0).out()).contains("is changed");
      assertThat(admin(bed, "webhook show cli").expect(0).out())
          .contains("nobodys", "moved", "waiting", "delivering")
          .doesNotContain("whsec_");
      assertThat(admin(bed, "webhook list").expect(0).out()).contains("cli", receiver.url());
      assertThat(admin(bed, "webhook test cli").expect(0).out()).contains("took it");
      assertThat(receiver.posts.get(0).isSignedBy(Files.readString(secret).strip())).isTrue();
      assertThat(admin(bed, "webhook new-secret cli").expect(0).out()).startsWith("whsec_");
      assertThat(admin(bed, "webhook resume cli").expect(0).out()).contains("delivering");
      assertThat(admin(bed, put + " --trust /no/file").expect(1).err()).contains("does not exist");
      admin(bed, "webhook delete cli").expect(0);
      assertThat(admin(bed, "webhook test cli").expect(1).err()).contains("no webhook 'cli'");
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
    assertThat(admin(bed, order + " --waves 50 --rate 0.5 --dry-run").expect(0).out())
        .containsPattern("2 +1 1 +0.5 +4 s +0");
    Path list = Files.writeString(folder.resolve("ids"), "d1\n\n");
    JsonNode made =
        admin(
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
    assertThat(admin(bed, "campaign show " + id).expect(0).out())
        .containsPattern(id + " +spring +rotate +planning");
    assertThat(admin(bed, "campaign list").expect(0).out()).contains("spring");
    assertThat(admin(bed, "campaign devices " + id).expect(0).out()).contains("TRIES");
    assertThat(admin(bed, "campaign start " + id).expect(1).err()).contains("needs ready");
    assertThat(admin(bed, "campaign abort " + id).expect(0).out()).contains("is stopping");
    assertThat(admin(bed, order + " --stop sometimes").expect(1).err()).contains("any:pause:10%");
    assertThat(admin(bed, order + " --timeout soon").expect(1).err()).contains("12h or 90d");
    admin(bed, "campaign create x --product " + product).expect(2);
    admin(bed, order + " --revoke").expect(2);
  }

  @Test
  void wishes_areAskedForAndTakenBack(AdminBed bed) {
    String product = bed.product();
    bed.active(product, "d1");
    bed.expected(product, "d2");
    Outcome some = admin(bed, "devices rotate " + product + " d1 d2").expect(1);
    assertThat(some.out()).contains("1 asked");
    assertThat(some.err()).contains("d2: left alone, for it is not active");
    JsonNode device = admin(bed, "--json devices show " + product + " d1").expect(0).json();
    assertThat(device.path("wantedEpoch").asLong()).isEqualTo(2);
    admin(bed, "devices let-be " + product + " d1").expect(0);
    Outcome nowhere = admin(bed, "devices move " + product + " --connection 65535 d1").expect(1);
    assertThat(nowhere.err()).contains("there is no connection 65535");
    admin(bed, "devices move " + product + " --connection 0 d1").expect(2);
    admin(bed, "devices move " + product + " d1").expect(2);
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
        admin(bed, "devices import " + product + " " + file + " --progress").expect(1);
    assertThat(outcome.err())
        .contains("line 50000: the device id", "line 100000: the device id", "100 %")
        .doesNotContain("go on with");
    assertThat(outcome.out())
        .contains("120,000 rows: 119,998 new, 0 known (0 of them barred), 2 in error");
    JsonNode again =
        admin(bed, "--json devices import " + product + " " + file + " --from-line 100001")
            .expect(0)
            .json();
    assertThat(again.path("lines").asInt()).isEqualTo(20_001);
    assertThat(again.path("existing").asInt()).isEqualTo(20_001);
  }

  @Test
  void import_thatBreaksOff_tellsHowToGoOn(AdminBed bed) throws IOException {
    Path file = Files.writeString(folder.resolve("fleet.ndjson"), "{\"deviceId\":\"a\"}\n");
    Outcome outcome = admin(bed, "devices import absent " + file).expect(1);
    assertThat(outcome.err())
        .contains("absent", "go on with: otakey admin devices import absent", "--from-line 1");
    admin(bed, "devices import absent nowhere.csv").expect(1);
    admin(bed, "devices import absent " + file + " --format xml").expect(2);
    admin(bed, "devices import absent " + file + " --from-line 0").expect(2);
  }

  @Test
  void export_writesWhatImportReads(AdminBed bed) throws IOException {
    String product = bed.product();
    bed.active(product, "one");
    bed.expected(product, "two");
    for (String name : List.of("out.csv", "out.ndjson")) {
      Path file = folder.resolve(name);
      Outcome outcome =
          admin(bed, "devices export --progress --product " + product + " -o " + file).expect(0);
      assertThat(outcome.err()).contains("lines");
      assertThat(Files.readString(file)).contains("one", "two");
      assertThat(admin(bed, "devices import " + product + " " + file).expect(0).out())
          .contains("2 rows: 0 new, 2 known");
    }
    assertThat(admin(bed, "devices export --product " + product).expect(0).out().lines())
        .hasSize(2);
  }

  @Test
  void config_isExportedChangedAndApplied(AdminBed bed) throws IOException {
    String product = bed.product();
    Path file = folder.resolve("config.yaml");
    admin(bed, "config export -o " + file).expect(0);
    assertThat(admin(bed, "config apply " + file).expect(0).out()).contains("nothing to change");
    Path changed =
        Files.writeString(
            folder.resolve("changed.yaml"),
            "format: otakey-config/1\nproducts: [{id: " + product + ", name: Renamed}]\n");
    assertThat(admin(bed, "config apply --dry-run " + changed).expect(0).out())
        .containsPattern("WOULD +WHAT")
        .containsPattern("update +product " + product + " +name +A product +Renamed");
    admin(bed, "config apply " + changed).expect(0);
    assertThat(admin(bed, "product show " + product).expect(0).out()).contains("Renamed");
    Path broken = Files.writeString(folder.resolve("broken.yaml"), "format: x\ncolour: red\n");
    assertThat(admin(bed, "config apply " + broken).expect(1).err())
        .contains("- format must be", "- colour is not known");
  }

  @Test
  void tokens_areMadeListedAndRevoked(AdminBed bed) throws IOException {
    Path file = folder.resolve("token");
    JsonNode stored =
        admin(bed, "--json token create cli-bot --role viewer --product cli-p -o " + file)
            .expect(0)
            .json();
    String token = Files.readString(file).strip();
    assertThat(token).matches("[0-9a-f]{64}");
    Map<String, String> asBot =
        Map.of("OTAKEY_URL", bed.url(), "OTAKEY_TOKEN_FILE", file.toString());
    run(asBot, "product list").expect(0);
    assertThat(run(asBot, "token list").expect(1).err()).contains("role admin");
    assertThat(admin(bed, "token list").expect(0).out())
        .containsPattern("cli-bot +viewer +cli-p")
        .doesNotContain(token);
    admin(bed, "token revoke " + stored.path("id").asText()).expect(0);
    assertThat(run(asBot, "product list").expect(1).err()).contains("revoked");
    assertThat(admin(bed, "token create cli-shown --role viewer").expect(0).out().strip())
        .matches("[0-9a-f]{64}");
  }

  @Test
  void connectionsAuditAndVault_areShown(AdminBed bed) {
    String create =
        "connection create --platform cloud --scheme mqtts --host c.example --port 8883";
    assertThat(admin(bed, create).expect(0).err()).isEmpty();
    assertThat(admin(bed, create + " --client-id x").expect(0).err()).contains("one client id");
    assertThat(admin(bed, create + " --user-name x").expect(0).err())
        .contains("do not tell the device");
    assertThat(admin(bed, "connection list").expect(0).out()).contains("mqtts://c.example:8883");
    Outcome audit = admin(bed, "audit --actor bootstrap --limit 1").expect(0);
    assertThat(audit.out()).contains("127.0.0.1", "bootstrap");
    assertThat(audit.err()).contains("more: --before");
    assertThat(admin(bed, "vault status").expect(0).out())
        .containsPattern("allocation secret +1 +1 +granting");
    admin(bed, "vault reload").expect(0);
  }

  @Test
  void exitCodes_tellRefusalFromUsage(AdminBed bed) throws IOException {
    admin(bed, "product").expect(2);
    admin(bed, "product create").expect(2);
    admin(bed, "nonsense").expect(2);
    assertThat(admin(bed, "product show absent").expect(1).err()).contains("absent");
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
    admin(bed, "--help").expect(0);
  }

  /** Options of the root are taken after subcommands, too. */
  @Test
  void rootOptions_areInherited(AdminBed bed) throws IOException {
    Path file = Files.writeString(folder.resolve("t"), bed.adminToken());
    run(Map.of(), "product list --json --url " + bed.url() + " --token-file " + file).expect(0);
  }
}
