package io.otakey.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import io.otakey.gateway.vault.VaultContents;
import io.otakey.gateway.vault.VaultContents.Kind;
import io.otakey.gateway.vault.VaultFile;
import io.vertx.core.Context;
import io.vertx.core.Vertx;
import io.vertx.sqlclient.Pool;
import java.io.IOException;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.io.TempDir;

/**
 * Alerts that one gateway with a little load does not give ({@link MonitoringTest}): two nodes of
 * an installation under a real Prometheus, and real faults of settings, disks, code and databases.
 * At full size those of operators, platforms and processes, too.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class AlertsOfNodesTest {
  /** Alerts that this test makes fire at every size. */
  static final Set<String> ALWAYS =
      Set.of(
          "ClusterIntruder",
          "ClusterSplit",
          "DiskFilling",
          "DiskNearlyFull",
          "EventLoopLag",
          "ObservationsDropped",
          "VaultVersionSkew");

  /** Those that take minutes, or processes that do. */
  static final Set<String> AT_FULL_SIZE =
      Set.of(
          "AuditLogWaits",
          "DatabaseDeadRows",
          "DatabaseTransactionOld",
          "DatabaseWraparound",
          "DevicesAwaitApproval",
          "HeapNearLimit",
          "JournalSlow",
          "NodeRestarts",
          "PlatformSlow");

  private static final boolean FULL = Boolean.getBoolean("otakey.full");
  private static final int FASTER = 200;
  private static final int DISK_MEGABYTES = 16;
  private static final long BLOCKED_MILLIS = 150;
  private static final long FREE_MILLIS = 60;

  private Path folder;
  private RecoveryBed bed;
  private SmallDisk disk;
  private Pool sql;
  private TestGateway first;
  private TestGateway second;
  private int clusterPort;
  private PrometheusNode prometheus;

  @BeforeAll
  void start(@TempDir Path temporary) throws Exception {
    folder = temporary;
    bed = new RecoveryBed(folder);
    disk = SmallDisk.mount(Files.createDirectory(folder.resolve("disk")), DISK_MEGABYTES);
    disk.leave(2); // before the first look at it: the next one is ten seconds later
    List<Integer> ports = BrokerNode.freePorts(2);
    clusterPort = ports.get(0);
    Map<String, String> own = alone(clusterPort);
    own.put("OTAKEY_JOURNAL_FOLDER", disk.root().resolve("journal").toString());
    first = bed.start("node", own);
    second = bed.start("second", alone(ports.get(1)));
    sql = bed.live(2);
    bed.product(first);
    prometheus =
        PrometheusNode.start(
            Files.createDirectory(folder.resolve("prometheus")),
            FASTER,
            List.of(target(first), target(second)));
    prometheus.until("both answer", () -> prometheus.query("up == 1").size() == 2);
  }

  /** Whoever wrote these settings forgot the other node. */
  private static Map<String, String> alone(int port) {
    Map<String, String> settings = new HashMap<>();
    settings.put("OTAKEY_CLUSTER_ENABLED", "true");
    settings.put("OTAKEY_CLUSTER_PORT", Integer.toString(port));
    settings.put("OTAKEY_CLUSTER_MEMBERS", "127.0.0.1:" + port);
    settings.put("OTAKEY_CENSUS_EVERY", "1");
    return settings;
  }

  private static String target(TestGateway node) {
    return "127.0.0.1:" + node.gateway().endpoints().port("admin");
  }

  @AfterAll
  void stop() {
    if (prometheus != null) {
      prometheus.close();
    }
    if (sql != null) {
      TestGateway.await(sql.close());
    }
    bed.close();
    disk.close();
  }

  /** Two of them since the start. */
  @Test
  @Order(1)
  void faultsThatStay() throws Exception {
    prometheus.awaitCalm("ClusterIntruder", "VaultVersionSkew");
    newSecretsOnOneNode();
    prometheus.until(
        "strangers are seen",
        () -> {
          scan();
          return prometheus.fires("ClusterIntruder");
        });
    prometheus.awaitAlerts("ClusterSplit", "DiskFilling", "DiskNearlyFull", "VaultVersionSkew");
    disk.empty();
  }

  /** Somebody who looks what is behind each port. */
  private void scan() throws IOException {
    try (Socket stranger = new Socket("127.0.0.1", clusterPort)) {
      stranger.getOutputStream().write("HELP\r\n".getBytes(StandardCharsets.US_ASCII));
    }
  }

  /** Taken over there, and not brought to the other one. */
  private void newSecretsOnOneNode() throws Exception {
    Path file = folder.resolve("node").resolve("vault.json");
    VaultContents before = VaultFile.read(file);
    VaultFile.write(
        file, before.withNew(Kind.ALLOCATION_SECRET).withGranting(Kind.ALLOCATION_SECRET, 2));
    bed.admin(first, "POST", "/vault/reload");
  }

  @Test
  @Order(2)
  void codeThatBlocksAnEventLoop() {
    prometheus.awaitCalm("EventLoopLag");
    AtomicBoolean over = new AtomicBoolean();
    blockWhoeverCallsBack(over);
    try {
      prometheus.awaitAlerts("EventLoopLag");
    } finally {
      over.set(true);
    }
  }

  /** An event loop, unless the answer was there before anybody listened. */
  private void blockWhoeverCallsBack(AtomicBoolean over) {
    first
        .gateway()
        .behind()
        .products()
        .refresh()
        .onSuccess(
            done -> {
              if (Context.isOnEventLoopThread()) {
                block(over);
              } else {
                blockWhoeverCallsBack(over);
              }
            });
  }

  /** Again and again, on the event loop that it is called on. */
  private static void block(AtomicBoolean over) {
    Vertx.currentContext()
        .owner()
        .setTimer(
            FREE_MILLIS,
            id -> {
              LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(BLOCKED_MILLIS));
              if (!over.get()) {
                block(over);
              }
            });
  }

  /** As after a fail-over to a server that only reads. */
  @Test
  @Order(3)
  void aDatabaseThatTakesNoWrites() throws Exception {
    prometheus.awaitCalm("ObservationsDropped");
    TestDevice device = first.device("unit");
    TestDevice.Held held = first.enroll(device);
    run("alter system set default_transaction_read_only = on");
    run("select pg_reload_conf()");
    try {
      prometheus.until(
          "lost observations are seen",
          () -> {
            poll(device, held);
            return prometheus.fires("ObservationsDropped");
          });
    } finally {
      run("alter system reset default_transaction_read_only");
      run("select pg_reload_conf()");
    }
  }

  private void poll(TestDevice device, TestDevice.Held held) throws IOException {
    try {
      first.post(device.poll(held));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new AssertionError(e);
    }
  }

  private void run(String statement) {
    TestGateway.await(sql.query(statement).execute());
  }

  @Test
  @Order(4)
  void everyAlertOfTheList_hasFired() throws Exception {
    Set<String> fired = new TreeSet<>(prometheus.fired());
    Set<String> all = new TreeSet<>(ALWAYS);
    if (FULL) {
      AlertsAtFullSize more = new AlertsAtFullSize(folder, bed, first, sql);
      more.operators(prometheus);
      more.slowPlatform(prometheus);
      fired.addAll(prometheus.fired());
      prometheus.close();
      fired.addAll(more.standing(target(first), target(second)));
      fired.addAll(more.processes());
      fired.addAll(more.agedDatabase());
      all.addAll(AT_FULL_SIZE);
    }
    assertThat(fired).isEqualTo(all);
  }
}
