package io.otakey.gateway.doctor;

import static java.nio.file.StandardOpenOption.APPEND;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.otakey.gateway.cluster.ClusterConfig;
import io.otakey.gateway.doctor.Finding.Level;
import io.otakey.gateway.registry.pg.DatabaseExam;
import io.otakey.gateway.registry.pg.DatabaseExam.Standing;
import io.otakey.gateway.tls.PemFiles;
import io.otakey.gateway.vault.VaultConfig;
import io.otakey.gateway.vault.VaultContents;
import io.otakey.gateway.vault.VaultFile;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Predicate;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

/** Every fault is found, named and comes with what to do; nothing is changed on the way. */
class DoctorTest {
  private static final Instant NOW = Instant.parse("2026-06-01T12:00:00Z");

  @TempDir private Path folder;

  private record Outcome(int code, String out) {}

  private static Outcome doctor(Map<String, String> environment, String... arguments) {
    StringWriter out = new StringWriter();
    int code =
        new CommandLine(new DoctorCommand(environment))
            .setOut(new PrintWriter(out))
            .setErr(new PrintWriter(out))
            .execute(arguments);
    return new Outcome(code, out.toString());
  }

  /** On free ports of the loopback, in a folder that is not there. */
  private Map<String, String> quiet() {
    Map<String, String> environment = new HashMap<>();
    environment.put("OTAKEY_DATA", folder.resolve("data").toString());
    environment.put("OTAKEY_LIMITS_MAXCONNECTIONS", "100");
    for (String listener : List.of("MQTT", "MQTTS", "HTTP", "HTTPS", "ADMIN")) {
      environment.put("OTAKEY_" + listener + "_HOST", "127.0.0.1");
      environment.put("OTAKEY_" + listener + "_PORT", "0");
    }
    return environment;
  }

  @Test
  void aMachineThatWillDo_isFine_andIsLeftAsItWas() {
    Outcome outcome = doctor(quiet());
    assertThat(outcome.code()).as(outcome.out()).isZero();
    assertThat(outcome.out())
        .contains("ok     configuration")
        .contains("the embedded PostgreSQL is made at the first start")
        .contains("0 faults");
    assertThat(folder).isEmptyDirectory();
  }

  @Test
  void aWrongCommandLine_isNoFinding() {
    assertThat(doctor(Map.of(), "--confg", "x").code()).isEqualTo(2);
  }

  @Test
  void everyProblemOfTheConfiguration_isAFindingOfItsOwn() throws Exception {
    Path file = folder.resolve("otakey.yaml");
    Files.writeString(file, "mqtt: {port: 70000}\nhttps: {enable: true}\ntls: {key: k.pem}\n");
    Outcome outcome = doctor(Map.of(), "--config", file.toString(), "--json");
    JsonNode report = new ObjectMapper().readTree(outcome.out());
    assertThat(outcome.code()).isEqualTo(1);
    assertThat(report.path("faults").asInt()).isEqualTo(3);
    assertThat(report.path("findings").findValuesAsText("what"))
        .anyMatch(what -> what.contains("mqtt.port must be 0 to 65535"))
        .anyMatch(what -> what.contains("https.enable is not a setting"))
        .anyMatch(what -> what.contains("tls.certificate and tls.key belong together"));
  }

  @Test
  void aDatabaseThatNobodyServes_isNamedWithTheRemedy_andNoPasswordIs() throws Exception {
    int closed;
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      closed = socket.getLocalPort();
    }
    Map<String, String> environment = quiet();
    environment.put("OTAKEY_DATABASE_HOST", "127.0.0.1");
    environment.put("OTAKEY_DATABASE_PORT", Integer.toString(closed));
    environment.put("OTAKEY_DATABASE_PASSWORD", "hunter2");
    Outcome outcome = doctor(environment);
    assertThat(outcome.code()).isEqualTo(1);
    assertThat(outcome.out())
        .contains("FAULT  database       the database at otakey@127.0.0.1:" + closed)
        .contains("-> check that it runs and that this machine may reach database.host")
        .doesNotContain("hunter2");
  }

  @Test
  void whatIsWrongWithADatabase_isFound() {
    assertThat(DatabaseCheck.judge(exam(), 12))
        .allMatch(finding -> finding.level() == Level.OK)
        .hasSize(5);
    assertThat(DatabaseCheck.judge(exam(99, Duration.ZERO, 100), 12))
        .anyMatch(fault("schema version 99", "start a gateway at least as new"));
    assertThat(DatabaseCheck.judge(exam(9, Duration.ZERO, 100), 12))
        .anyMatch(warning("brings it to 13", "make a backup"));
    assertThat(DatabaseCheck.judge(exam(9, Standing.GUEST, List.of()), 12))
        .anyMatch(fault("and its user may not make it", "otakey database migrate"));
    assertThat(DatabaseCheck.judge(exam(0, Standing.GUEST, List.of()), 12))
        .anyMatch(fault("no tables, this gateway needs version 13", "otakey database migrate"));
    assertThat(DatabaseCheck.judge(exam(13, Duration.ofMillis(-1600), 100), 12))
        .anyMatch(warning("1.600 s behind ours", "NTP"));
    assertThat(DatabaseCheck.judge(exam(13, Standing.GUEST, List.of("insert on audit")), 12))
        .anyMatch(fault("lacks insert on audit", "migrate --grant"));
    assertThat(DatabaseCheck.judge(exam(13, Standing.OWNER, List.of()), 12))
        .anyMatch(warning("owns the tables", "a role of the gateway's own"));
    assertThat(DatabaseCheck.judge(exam(13, Standing.SUPERUSER, List.of()), 12))
        .anyMatch(warning("is a superuser", "a role of the gateway's own"));
    assertThat(DatabaseCheck.judge(exam(13, Standing.SUPERUSER, List.of()), 0))
        .as("the embedded one's")
        .allMatch(finding -> finding.level() == Level.OK);
    assertThat(DatabaseCheck.judge(exam(13, Duration.ZERO, 11), 12))
        .anyMatch(warning("11 more connections, this node needs 12", "max_connections"));
  }

  @Test
  void aVault_thatIsNotTheDatabases_isFound() {
    VaultContents mine = VaultContents.create();
    VaultCheck vault = new VaultCheck(Finding.ok("vault", ""), Optional.of(mine));
    assertThat(of(Optional.of(UUID.randomUUID()), Optional.empty(), vault))
        .matches(fault("another installation", "configure the vault"));
    assertThat(of(Optional.of(mine.installationId()), Optional.of("other"), vault))
        .matches(warning("not the one in force", "copy the file here"));
    assertThat(of(Optional.of(mine.installationId()), Optional.of(mine.mark()), vault).level())
        .isEqualTo(Level.OK);
    VaultCheck none = new VaultCheck(Finding.ok("vault", ""), Optional.empty());
    assertThat(of(Optional.of(mine.installationId()), Optional.empty(), none))
        .matches(fault("none that can be used", "put that installation's vault here"));
  }

  @Test
  void aVault_thatOthersCanRead_orThatIsMissing_isFound() throws Exception {
    Path file = folder.resolve("vault.json");
    VaultConfig config = new VaultConfig(file, Optional.empty(), false);
    assertThat(VaultCheck.look(config).finding())
        .matches(fault("does not exist", "make one with 'otakey vault init'"));
    VaultFile.write(file, VaultContents.create());
    assertThat(VaultCheck.look(config).contents()).isPresent();
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-r--r--"));
    assertThat(VaultCheck.look(config).finding()).matches(fault("open to others", "chmod 600"));
  }

  @Test
  void certificates_areJudged() throws Exception {
    TestCertificates made = new TestCertificates(NOW);
    assertThat(
            CertificateCheck.judge(
                "tls", made.chain(folder, made.serverKey, made.server, made.root), NOW))
        .matches(finding -> finding.level() == Level.OK && finding.what().contains("365 days"));
    assertThat(
            CertificateCheck.judge(
                "tls", made.chain(folder, made.rootKey, made.server, made.root), NOW))
        .matches(fault("the key is not the first certificate's", "belongs together"));
    assertThat(
            CertificateCheck.judge(
                "tls", made.chain(folder, made.rootKey, made.root, made.server), NOW))
        .matches(fault("number 1 of the chain was not issued", "own certificate first"));
    assertThat(
            CertificateCheck.judge(
                "tls",
                made.chain(folder, made.serverKey, made.server),
                NOW.plus(Duration.ofDays(366))))
        .matches(fault("expired", "renew"));
    assertThat(
            CertificateCheck.judge(
                "tls",
                made.chain(folder, made.serverKey, made.server),
                NOW.plus(Duration.ofDays(336))))
        .matches(warning("29 days left", "renew"));
  }

  @Test
  void authoritiesOfClients_areJudged() throws Exception {
    TestCertificates made = new TestCertificates(NOW);
    Path file = made.certificates(folder, made.root);
    Instant late = NOW.plus(Duration.ofDays(336));
    assertThat(CertificateCheck.authorities("tls", file, NOW))
        .singleElement()
        .matches(found -> found.level() == Level.OK && found.what().contains("CN=root"));
    assertThat(CertificateCheck.authorities("tls", file, late))
        .singleElement()
        .matches(warning("CN=root until", "add the next one"));
    assertThat(CertificateCheck.authorities("tls", file, late.plus(Duration.ofDays(30))))
        .singleElement()
        .matches(fault("it has expired", "renew"));
    Files.writeString(file, made.revocations(NOW), APPEND);
    assertThat(CertificateCheck.authorities("tls", file, NOW))
        .anyMatch(found -> found.level() == Level.OK && found.what().startsWith("list of 1"));
    assertThat(CertificateCheck.authorities("tls", file, NOW.plus(Duration.ofDays(1))))
        .anyMatch(warning("CN=root revoked, a newer one was due", "put that into the file"));
    Files.writeString(file, made.revocations(NOW));
    assertThat(CertificateCheck.authorities("tls", file, NOW))
        .singleElement()
        .matches(fault("holds no certificate", "check tls.clientCa"));
  }

  @Test
  void aKey_thatIsNone_orThatEverybodyCanRead_isFound() throws Exception {
    TestCertificates made = new TestCertificates(NOW);
    Path certificate = made.certificates(folder, made.server);
    Path key = made.key(folder, made.serverKey);
    Files.setPosixFilePermissions(key, PosixFilePermissions.fromString("rw-r--r--"));
    assertThat(CertificateCheck.files("tls", new PemFiles(certificate, key), NOW))
        .anyMatch(warning("everybody can read it", "chmod 600"));
    Files.writeString(key, "half written");
    assertThat(CertificateCheck.files("tls", new PemFiles(certificate, key), NOW))
        .singleElement()
        .matches(fault("is no private key in PEM", "check tls.certificate"));
    Files.writeString(certificate, "nothing");
    assertThat(CertificateCheck.files("tls", new PemFiles(certificate, key), NOW))
        .singleElement()
        .matches(fault("holds no certificate in PEM", "check tls.certificate"));
  }

  @Test
  void ports_thatCannotBeHad_areFoundWithWhoHasThem() throws Exception {
    PortCheck.Listener listener;
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      int port = socket.getLocalPort();
      long mine = ProcessHandle.current().pid();
      assertThat(PortHolder.of(port).map(PortHolder::pid)).contains(mine);
      listener = new PortCheck.Listener("mqtt", true, "127.0.0.1", port);
      assertThat(PortCheck.look(List.of(listener)))
          .singleElement()
          .matches(fault("another listener of this configuration", "set mqtt.port"));
    }
    for (int look = 1; look <= 2; look++) {
      assertThat(PortCheck.look(List.of(listener, listener)))
          .as("look %d: the first would have it, the second would not, nobody keeps it", look)
          .extracting(Finding::level)
          .containsExactly(Level.OK, Level.FAULT);
    }
    assertThat(PortCheck.taken(listener, new PortHolder(7, "mosquitto", false)))
        .matches(fault("in use by process 7, mosquitto", "stop it, or set mqtt.port"));
    assertThat(PortCheck.taken(listener, new PortHolder(7, "java", true)))
        .matches(warning("in use by a gateway, process 7", "nothing if that is this node"));
    PortCheck.Listener low = new PortCheck.Listener("https", true, "0.0.0.0", 443);
    assertThat(PortCheck.explain(low, "Permission denied"))
        .matches(fault("may not listen below 1024", "CAP_NET_BIND_SERVICE"));
    PortCheck.Listener elsewhere = new PortCheck.Listener("http", true, "192.0.2.1", 8080);
    assertThat(PortCheck.look(List.of(elsewhere)))
        .singleElement()
        .matches(fault("cannot be listened on", "set http.host"));
  }

  @Test
  void folders_thatOthersReach_orThatAreFull_areFound() throws Exception {
    FolderCheck data = new FolderCheck("data", "data", folder, 64 << 20, "what it keeps", true);
    Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwx------"));
    assertThat(data.look()).allMatch(finding -> finding.level() != Level.FAULT);
    Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwxr-xr-x"));
    assertThat(data.look()).anyMatch(warning("others can read it", "chmod 700"));
    Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwxrwxrwx"));
    assertThat(data.look()).anyMatch(fault("others can change it", "chmod 700"));
    assertThat(data.room(63 << 20, 1L << 30)).matches(fault("64 MB are needed", "make room"));
    assertThat(data.room(1L << 30, 20L << 30)).matches(warning("less than a tenth", "make room"));
    Path file = Files.createFile(folder.resolve("file"));
    assertThat(new FolderCheck("journal", "journal.folder", file.resolve("j"), 0, "", false).look())
        .singleElement()
        .matches(fault("which is no folder", "set journal.folder"));
  }

  @Test
  void aMachine_thatIsTooSmall_isFound() {
    assertThat(MachineCheck.files(1024, 18_000))
        .matches(fault("need 19,000", "set limits.maxConnections to 24 at most"));
    assertThat(MachineCheck.files(19_000, 18_000).level()).isEqualTo(Level.OK);
    assertThat(MachineCheck.heap(256 << 20, 18_000, true))
        .matches(warning("take 230 MB", "-Xmx461m"));
    assertThat(MachineCheck.heap(1L << 30, 18_000, true).level()).isEqualTo(Level.OK);
    assertThat(MachineCheck.memory(1L << 30, 1L << 30, 256 << 20))
        .matches(fault("take 1,280 MB", "sharedBuffersMb"));
    assertThat(MachineCheck.clock("no\n")).matches(warning("not kept by NTP", "set-ntp true"));
    assertThat(MachineCheck.clock("yes\n").level()).isEqualTo(Level.OK);
    assertThat(MachineCheck.clock("Failed to connect to bus").level()).isEqualTo(Level.UNKNOWN);
  }

  @Test
  void nodes_thatCannotBeReached_areFound() throws Exception {
    try (ServerSocket node = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      int port = node.getLocalPort();
      ClusterConfig cluster = cluster("127.0.0.1:" + port, "127.0.0.1:1", "no.such.invalid");
      assertThat(ClusterCheck.look(cluster))
          .anyMatch(finding -> finding.what().equals("127.0.0.1:" + port + " answers"))
          .anyMatch(warning("127.0.0.1:1 does not answer", "cluster.port"))
          .anyMatch(fault("no.such.invalid:5701 is not known", "cluster.members"))
          .hasSize(3);
    }
    assertThat(ClusterCheck.look(cluster("127.0.0.1")))
        .singleElement()
        .matches(finding -> finding.what().contains("is this node"));
  }

  private static ClusterConfig cluster(String... members) {
    return new ClusterConfig(
        true, "127.0.0.1", 5701, Optional.empty(), List.of(members), Optional.empty(), false);
  }

  private static Finding of(Optional<UUID> installation, Optional<String> mark, VaultCheck vault) {
    return DatabaseCheck.installation(
            exam(13, Duration.ZERO, Standing.GUEST, true, List.of(), 9, installation, mark), vault)
        .orElseThrow();
  }

  private static DatabaseExam exam() {
    return exam(13, Duration.ofMillis(900), 12);
  }

  private static DatabaseExam exam(int schema, Duration ahead, int free) {
    return exam(
        schema, ahead, Standing.GUEST, true, List.of(), free, Optional.empty(), Optional.empty());
  }

  private static DatabaseExam exam(int schema, Standing standing, List<String> lacking) {
    return exam(
        schema,
        Duration.ZERO,
        standing,
        standing != Standing.GUEST,
        lacking,
        100,
        Optional.empty(),
        Optional.empty());
  }

  private static DatabaseExam exam(
      int schema,
      Duration ahead,
      Standing standing,
      boolean mayUpgrade,
      List<String> lacking,
      int free,
      Optional<UUID> installation,
      Optional<String> mark) {
    return new DatabaseExam(
        170_004,
        "17.4",
        ahead,
        Duration.ofMillis(2),
        false,
        List.of(),
        schema,
        13,
        standing,
        mayUpgrade,
        lacking,
        free,
        installation,
        mark);
  }

  private static Predicate<Finding> fault(String what, String remedy) {
    return found(Level.FAULT, what, remedy);
  }

  private static Predicate<Finding> warning(String what, String remedy) {
    return found(Level.WARNING, what, remedy);
  }

  private static Predicate<Finding> found(Level level, String what, String remedy) {
    return finding ->
        finding.level() == level
            && finding.what().contains(what)
            && finding.remedy().contains(remedy);
  }
}
