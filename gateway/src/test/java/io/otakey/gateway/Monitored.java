package io.otakey.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.UnixOperatingSystemMXBean;
import io.otakey.gateway.registry.EnrollmentPolicy;
import io.otakey.gateway.registry.ProductSettings;
import io.otakey.gateway.registry.ReEnroll;
import io.otakey.gateway.registry.pg.EmbeddedDatabase;
import io.otakey.gateway.registry.pg.EmbeddedDatabaseConfig;
import io.otakey.gateway.registry.pg.PgEndpoint;
import io.otakey.protocol.crypto.Secret;
import io.otakey.protocol.wire.Answer;
import io.otakey.protocol.wire.DeviceRef;
import io.otakey.protocol.wire.Refusal;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.sqlclient.Pool;
import java.io.IOException;
import java.io.InputStream;
import java.lang.management.ManagementFactory;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;

/**
 * A gateway on a database that a test can reach, too, with a fleet that does a little of
 * everything: two products, a campaign, a platform and a webhook that nobody answers for.
 */
final class Monitored implements AutoCloseable {
  /** Its devices are on a platform that is away, and it has a quota, which they use up. */
  static final String LAMP = "lamp";

  /** Where nobody listens. */
  private static final String NOWHERE = "127.0.0.1:1";

  private static final int DEVICES = 12;
  private static final int CROWD = 80;

  /** That this process may open, while that is scarce. */
  private static final long FILES = 2000;

  private static final String PASSWORD = "test-only";

  private final Path folder;
  private final Vertx vertx = Vertx.vertx();
  private final EmbeddedDatabase database;
  private final Pool sql;
  private final TestGateway gateway;
  private final HttpClient http = HttpClient.newHttpClient();
  private final List<Socket> connected = new ArrayList<>();
  private final List<TestDevice.Held> keys = new ArrayList<>();
  private byte[] lampSource = new byte[0];
  private String told = "";
  private final AtomicInteger more = new AtomicInteger();

  /** Starts it, with a certificate that holds for a day. */
  Monitored(Path folder) throws Exception {
    this.folder = folder;
    certificate();
    database =
        EmbeddedDatabase.start(
            new EmbeddedDatabaseConfig(
                folder.resolve("server"), Path.of("target", "postgres-programs"), 64, 100));
    PgEndpoint endpoint = database.endpoint();
    sql = pool(2);
    gateway = TestGateway.start(folder.resolve("node"), settings(endpoint)).withOpenProduct();
  }

  private Pool pool(int connections) {
    return TestPool.open(vertx, database.endpoint(), connections);
  }

  private Map<String, String> settings(PgEndpoint endpoint) {
    Map<String, String> settings = new HashMap<>();
    settings.put("OTAKEY_DATABASE_HOST", endpoint.host());
    settings.put("OTAKEY_DATABASE_PORT", Integer.toString(endpoint.port()));
    settings.put("OTAKEY_DATABASE_NAME", endpoint.database());
    settings.put("OTAKEY_DATABASE_USER", endpoint.user());
    settings.put("OTAKEY_DATABASE_PASSWORD", endpoint.password());
    settings.put("OTAKEY_DATABASE_SSL", "disable");
    settings.put("OTAKEY_TLS_KEYSTORE", folder.resolve("certificate.p12").toString());
    settings.put("OTAKEY_TLS_KEYSTOREPASSWORD", PASSWORD);
    settings.put("OTAKEY_HOOK_ENABLED", "true");
    settings.put("OTAKEY_HOOK_PORT", "0");
    settings.put("OTAKEY_CENSUS_EVERY", "1");
    settings.put("OTAKEY_LIMITS_MAXCONNECTIONS", "10");
    settings.put("OTAKEY_WEBHOOKS_REACH", "127.0.0.0/8");
    settings.put("OTAKEY_EXCHANGE_GRANTSPERHOUR", "100000");
    return settings;
  }

  private void certificate() throws IOException, InterruptedException {
    Process made =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "keytool").toString(),
                "-genkeypair",
                "-keyalg",
                "EC",
                "-groupname",
                "secp256r1",
                "-validity",
                "1",
                "-dname",
                "CN=localhost",
                "-storetype",
                "PKCS12",
                "-keystore",
                folder.resolve("certificate.p12").toString(),
                "-storepass",
                PASSWORD)
            .redirectErrorStream(true)
            .redirectOutput(folder.resolve("keytool").toFile())
            .start();
    assertThat(made.waitFor()).as(Files.readString(folder.resolve("keytool"))).isZero();
  }

  TestGateway gateway() {
    return gateway;
  }

  /** Where Prometheus finds it. */
  String target() {
    return "127.0.0.1:" + gateway.gateway().endpoints().port("admin");
  }

  void sql(String statement) {
    TestGateway.await(sql.query(statement).execute());
  }

  /** The number of a campaign over devices of {@link #LAMP}. */
  String told() {
    return told;
  }

  String admin(String... words) {
    return admin(0, words);
  }

  private String admin(int code, String... words) {
    Path token = folder.resolve("node").resolve("admin-token");
    return AdminLine.run(gateway, token, code, words);
  }

  Exposition metrics() throws IOException, InterruptedException {
    HttpResponse<String> answer =
        http.send(
            HttpRequest.newBuilder(URI.create("http://" + target() + "/metrics")).build(),
            HttpResponse.BodyHandlers.ofString());
    assertThat(answer.statusCode()).isEqualTo(200);
    return Exposition.parse(answer.body());
  }

  /** A little of everything that devices, operators and platforms do. */
  void load() throws Exception {
    lamps();
    for (int i = 0; i < DEVICES; i++) {
      TestDevice device = gateway.device("unit-" + i);
      TestDevice.Held first = gateway.enroll(device);
      TestDevice.Held second = gateway.rotate(device, first);
      gateway.commit(device, second);
      gateway.ask(second, device.poll(second));
      keys.add(second);
    }
    TestDevice device = gateway.device("unit-0");
    TestDevice.Held given = gateway.rotate(device, keys.get(0));
    gateway.ask(keys.get(0), device.abandon(keys.get(0), given.key().token()));
    gateway.post(new byte[] {1, 2, 3});
    duplicates(1);
    String url = "http://" + NOWHERE + "/events";
    admin("webhook", "put", "nobody", "--to", url, "--insecure");
    admin(1, "webhook", "test", "nobody");
    admin("campaign", "create", "stalls", "--rotate", "--product", "thermo", "--start");
    String ordered = admin("campaign", "create", "told", "--rotate", "--product", LAMP, "--start");
    told = ordered.replaceAll("\\D+", "");
  }

  private void lamps() throws Exception {
    Path password = Files.writeString(folder.resolve("password"), PASSWORD);
    admin(
        "platform",
        "put",
        "away",
        "--kind",
        "rabbitmq",
        "--set",
        "url=http://" + NOWHERE,
        "--set",
        "user=gateway",
        "--set",
        "notify=true",
        "--secret",
        "password=" + password);
    EnrollmentPolicy two =
        new EnrollmentPolicy(
            false,
            Optional.empty(),
            Optional.empty(),
            OptionalLong.of(2),
            OptionalInt.empty(),
            ReEnroll.ON_APPROVAL);
    var products = gateway.gateway().behind().products();
    int connection = gateway.connection("away", "127.0.0.1", 1);
    TestGateway.await(
        products.create(TestGateway.TESTER, LAMP, new ProductSettings("Lamp", two, connection)));
    byte[] source = gateway.vault().newSource();
    TestGateway.await(
        products.addKey(TestGateway.TESTER, LAMP, OptionalInt.empty(), source.clone()));
    TestGateway.await(products.refresh());
    lampSource = source;
    for (int i = 0; i < 2; i++) {
      gateway.enroll(lamp("lamp-" + i));
    }
  }

  private TestDevice lamp(String id) {
    Secret key = gateway.vault().productKey(LAMP, 1, lampSource).orElseThrow().secret().copy();
    return new TestDevice(new DeviceRef(LAMP, id), 1, key, gateway.vault().gatewayKeys().get(0));
  }

  /** One more device, so that there is something to measure. */
  void one() {
    try {
      gateway.enroll(gateway.device("more-" + more.getAndIncrement()));
    } catch (IOException e) {
      throw new AssertionError(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new AssertionError(e);
    }
  }

  /** So many ENROLLs, right under the product key, of a device that has a key. */
  void duplicates(int count) throws Exception {
    for (int i = 0; i < count; i++) {
      gateway.post(gateway.device("unit-1").enroll().request());
    }
  }

  /** So many ENROLLs of new devices, each refused as busy. */
  void enrollInVain(int count) {
    for (int i = 0; i < count; i++) {
      byte[] request = gateway.device("vain-" + i).enroll().request();
      try {
        Answer answer = TestDevice.decode(gateway.post(request).body());
        assertThat(((Answer.Refused) answer).code()).isEqualTo(Refusal.BUSY);
      } catch (IOException e) {
        throw new AssertionError(e);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new AssertionError(e);
      }
    }
  }

  /** So many ENROLLs of devices beyond their product's quota. */
  void refused(int count) throws Exception {
    for (int i = 0; i < count; i++) {
      gateway.post(lamp("lamp-beyond-" + i).enroll().request());
    }
  }

  /** A device that confirms while the table is locked for nearly half a second. */
  void commitSlowly() {
    Future<?> locked = lockDevices("exclusive", 0.4);
    one();
    TestGateway.await(locked);
  }

  /** Done when the table of devices, locked for so many seconds, is free again. */
  private Future<?> lockDevices(String mode, double seconds) {
    return sql.query(
            "begin; lock table device in %s mode; select pg_sleep(%s); commit"
                .formatted(mode, seconds))
        .execute();
  }

  /** So many devices that enroll at once, while the table cannot be read for half a second. */
  void enrollSlowly(int count) {
    Future<?> locked = lockDevices("access exclusive", 0.5);
    atOnce(count, this::one).join();
    TestGateway.await(locked);
  }

  /** Does something while so many lists of devices wait for a table that is locked. */
  void listInVain(int count, Runnable meanwhile) {
    Pool one = pool(1);
    Promise<Void> done = Promise.promise();
    Future<?> locked =
        one.withTransaction(
            connection ->
                connection
                    .query("lock table device in access exclusive mode")
                    .execute()
                    .compose(lock -> done.future()));
    CompletableFuture<Void> lists = atOnce(count, () -> admin("devices", "list", "--limit", "1"));
    try {
      meanwhile.run();
    } finally {
      done.complete();
    }
    lists.join();
    TestGateway.await(locked);
    TestGateway.await(one.close());
  }

  /** The same so many times at once, in the background. */
  private static CompletableFuture<Void> atOnce(int count, Runnable each) {
    ExecutorService threads = Executors.newFixedThreadPool(count);
    CompletableFuture<?>[] all =
        Stream.generate(() -> CompletableFuture.runAsync(each, threads))
            .limit(count)
            .toArray(CompletableFuture[]::new);
    threads.shutdown();
    return CompletableFuture.allOf(all);
  }

  /** Does something while this process may hardly open another file. */
  void crowdFiles(Runnable meanwhile) throws Exception {
    var system = (UnixOperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();
    long usual = system.getMaxFileDescriptorCount();
    List<InputStream> open = new ArrayList<>();
    try {
      mayOpen(FILES);
      while (system.getOpenFileDescriptorCount() < FILES * 9L / 10) {
        open.add(Files.newInputStream(Path.of("/dev/null")));
      }
      meanwhile.run();
    } finally {
      for (InputStream file : open) {
        file.close();
      }
      mayOpen(usual);
    }
  }

  private static void mayOpen(long files) throws Exception {
    String pid = Long.toString(ProcessHandle.current().pid());
    String limit = "--nofile=" + files + ":";
    assertThat(new ProcessBuilder("prlimit", "--pid", pid, limit).start().waitFor()).isZero();
  }

  /** Does something while the database has hardly a connection left. */
  void crowdDatabase(Runnable meanwhile) {
    List<Pool> crowd = new ArrayList<>();
    for (int i = 0; i < CROWD; i++) {
      Pool one = pool(1);
      crowd.add(one);
      TestGateway.await(one.query("select 1").execute());
    }
    meanwhile.run();
    crowd.forEach(one -> TestGateway.await(one.close()));
  }

  /** So many frames under a key that its device has given up. */
  void staleKeys(int count) throws Exception {
    TestDevice device = gateway.device("copied");
    TestDevice.Held first = gateway.enroll(device);
    gateway.commit(device, gateway.rotate(device, first));
    for (int i = 0; i < count; i++) {
      gateway.post(device.poll(first));
    }
  }

  /** One connection more, which is refused if there are enough. */
  void connect() throws IOException {
    connected.add(new Socket("127.0.0.1", gateway.gateway().endpoints().port("mqtt")));
  }

  /** Ends those connections. */
  void disconnect() throws IOException {
    for (Socket socket : connected) {
      socket.close();
    }
    connected.clear();
  }

  @Override
  public void close() {
    gateway.close();
    TestGateway.await(sql.close());
    database.close();
    TestGateway.await(vertx.close());
  }
}
