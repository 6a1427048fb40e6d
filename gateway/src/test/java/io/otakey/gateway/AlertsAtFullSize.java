package io.otakey.gateway;

import io.vertx.sqlclient.Pool;
import io.vertx.sqlclient.SqlConnection;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;

/** What takes too long for the usual tests; each part gives back the alerts that fired. */
final class AlertsAtFullSize {
  /** What waits for hours is seen in seconds; what happens within minutes is not seen at all. */
  private static final int FASTEST = 2000;

  /** What happens within minutes is seen in seconds. */
  private static final int FAST = 60;

  /** Slow enough for starts of processes. */
  private static final int SLOW = 10;

  /** So that an export is larger than what the kernel takes off a node. */
  private static final int EXPORTED = 30_000;

  private static final int READ_BYTES = 1000;
  private static final int DEAD_ROWS = 120_000;
  private static final int RESTARTS = 4;
  private static final int AT_ONCE = 4;

  /** A call to sync takes 0.3 s longer, however fast the disk is. */
  private static final List<String> SLOW_DISK =
      List.of(
          "strace",
          "-f",
          "--seccomp-bpf",
          "-qqq",
          "-o/dev/null",
          "-etrace=fsync,fdatasync",
          "-einject=fsync,fdatasync:delay_exit=300000");

  private final Path folder;
  private final RecoveryBed bed;
  private final TestGateway first;
  private final Pool sql;
  private final AtomicInteger devices = new AtomicInteger();

  /**
   * @param folder for everything that is written
   * @param first a node in this process
   * @param sql two connections to its database
   */
  AlertsAtFullSize(Path folder, RecoveryBed bed, TestGateway first, Pool sql) {
    this.folder = folder;
    this.bed = bed;
    this.first = first;
    this.sql = sql;
  }

  private PrometheusNode watch(String name, int faster, String... targets) throws Exception {
    Path files = Files.createDirectory(folder.resolve("prometheus-" + name));
    PrometheusNode node = PrometheusNode.start(files, faster, List.of(targets));
    node.until("all answer", () -> node.query("up == 1").size() == targets.length);
    return node;
  }

  private void run(String statement) {
    TestGateway.await(sql.query(statement).execute());
  }

  /** One who begins the audit log's chain anew and does not commit; one who reads slowly. */
  void operators(PrometheusNode prometheus) throws IOException {
    prometheus.awaitCalm("AuditLogWaits", "DatabaseTransactionOld");
    SqlConnection operator = TestGateway.await(sql.getConnection());
    TestGateway.await(operator.query("begin; lock table audit_chain, audit_link").execute());
    bed.cli(first, 0, "token", "create", "auditor", "--role", "viewer");
    prometheus.awaitAlerts("AuditLogWaits");
    TestGateway.await(operator.query("rollback").execute());
    TestGateway.await(operator.close());
    prometheus.awaitCalm("AuditLogWaits");
    try (Socket reader = export()) {
      prometheus.until(
          "a transaction that has been open for long is seen",
          () -> {
            reader.getInputStream().readNBytes(READ_BYTES);
            return prometheus.fires("DatabaseTransactionOld");
          });
    }
  }

  /** A node's own transaction, open for its reader. */
  private Socket export() throws IOException {
    run(
        "insert into device (product_id, device_id, status, epoch, token, committed_at)"
            + " select 'thermo', 'old-' || i, 2, 1, '\\x00', now() from generate_series(1, "
            + EXPORTED
            + ") i");
    Socket reader = new Socket();
    reader.setReceiveBufferSize(READ_BYTES);
    reader.connect(new InetSocketAddress("127.0.0.1", first.gateway().endpoints().port("admin")));
    String request =
        "GET /devices/export?product=thermo HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer "
            + Files.readString(bed.token("node")).strip()
            + "\r\n\r\n";
    reader.getOutputStream().write(request.getBytes(StandardCharsets.US_ASCII));
    return reader;
  }

  /** Operators ask it whether it is there. */
  void slowPlatform(PrometheusNode prometheus) throws IOException {
    prometheus.awaitCalm("PlatformSlow");
    Path password = Files.writeString(folder.resolve("password"), "test-only");
    try (SlowPlatform platform = new SlowPlatform()) {
      String line =
          "platform put slow --kind rabbitmq --set user=gateway --set url=http://127.0.0.1:%d"
              + " --secret password=%s";
      bed.cli(first, 0, line.formatted(platform.port(), password).split(" "));
      prometheus.until(
          "slow calls are seen",
          () -> {
            platform.ask(() -> bed.ask(first, "POST", "/platforms/slow/check"));
            return prometheus.fires("PlatformSlow");
          });
    }
  }

  /** A device that lost its key and enrolls again; a table that nobody vacuums. */
  Set<String> standing(String... targets) throws Exception {
    try (PrometheusNode prometheus = watch("standing", FASTEST, targets)) {
      prometheus.awaitCalm("DevicesAwaitApproval", "DatabaseDeadRows");
      TestDevice device = first.device("asks-again");
      first.enroll(device);
      first.post(device.enroll().request());
      for (String statement :
          List.of(
              "alter table device set (autovacuum_enabled = off)",
              "insert into device (product_id, device_id, status) select 'thermo', 'row-' || i, 1"
                  + " from generate_series(1, "
                  + DEAD_ROWS
                  + ") i",
              "update device set version = version + 1 where device_id like 'row-%'")) {
        run(statement);
      }
      prometheus.awaitAlerts("DevicesAwaitApproval", "DatabaseDeadRows");
      return prometheus.fired();
    }
  }

  /** A node in a process of its own that ends again and again, has a slow disk, a small heap. */
  Set<String> processes() throws Exception {
    Map<String, String> settings = new HashMap<>(bed.settings(Map.of()));
    settings.put("OTAKEY_EXCHANGE_REMEMBEREDGRANTS", "10000000");
    settings.put("OTAKEY_EXCHANGE_REMEMBEREDFOR", "3600");
    Set<String> fired = new TreeSet<>();
    try (NodeProcess node = new NodeProcess(bed.data("process"), settings)) {
      String target = "127.0.0.1:" + node.port("admin");
      node.start(List.of(), "-Xmx256m");
      try (PrometheusNode prometheus = watch("restarts", SLOW, target)) {
        for (int i = 0; i < RESTARTS; i++) {
          node.kill();
          prometheus.until("the end is seen", () -> prometheus.query("up == 1").isEmpty());
          node.start(List.of(), "-Xmx256m");
          prometheus.until("the start is seen", () -> !prometheus.query("up == 1").isEmpty());
        }
        prometheus.awaitAlerts("NodeRestarts");
        fired.addAll(prometheus.fired());
      }
      node.kill();
      node.start(SLOW_DISK, "-Xmx256m");
      fired.addAll(underLoad(node, "JournalSlow", target));
      node.kill();
      node.start(List.of(), "-Xmx56m"); // of which half is used before it does anything
      fired.addAll(underLoad(node, "HeapNearLimit", target));
    }
    return fired;
  }

  /** Devices enroll until the alert fires. */
  private Set<String> underLoad(NodeProcess node, String alert, String target) throws Exception {
    ExecutorService threads = Executors.newFixedThreadPool(AT_ONCE);
    try (PrometheusNode prometheus = watch(alert, FAST, target)) {
      prometheus.awaitCalm(alert);
      for (int i = 0; i < AT_ONCE; i++) {
        var unused = threads.submit(() -> enroll(node));
      }
      prometheus.awaitAlerts(alert);
      return prometheus.fired();
    } finally {
      threads.shutdownNow();
    }
  }

  /** Until it is interrupted. */
  private Void enroll(NodeProcess node) throws IOException, InterruptedException {
    while (true) {
      node.enroll(first.device("process-" + devices.getAndIncrement()));
    }
  }

  /** A database that was not frozen for a billion transactions, as one forgotten one keeps it. */
  Set<String> agedDatabase() throws Exception {
    Path own = Files.createDirectory(folder.resolve("aged"));
    try (AgedDatabase database = AgedDatabase.start(own.resolve("database"));
        TestGateway node = TestGateway.start(own.resolve("node"), database.settings());
        PrometheusNode prometheus =
            watch("aged", FASTEST, "127.0.0.1:" + node.gateway().endpoints().port("admin"))) {
      prometheus.awaitAlerts("DatabaseWraparound");
      return prometheus.fired();
    }
  }
}
