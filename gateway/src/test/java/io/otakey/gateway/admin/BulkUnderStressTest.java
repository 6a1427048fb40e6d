package io.otakey.gateway.admin;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import io.otakey.gateway.registry.Actor;
import io.otakey.gateway.registry.AskedDevice;
import io.otakey.gateway.registry.AwaitingDevice;
import io.otakey.gateway.registry.DeviceAdministration;
import io.otakey.gateway.registry.DeviceChange;
import io.otakey.gateway.registry.DeviceFilter;
import io.otakey.gateway.registry.DeviceRecord;
import io.otakey.gateway.registry.OperatorAction;
import io.otakey.gateway.registry.PreRegistration;
import io.otakey.gateway.registry.ProductCount;
import io.otakey.gateway.registry.RegistryUnavailableException;
import io.otakey.gateway.registry.Wish;
import io.otakey.protocol.wire.DeviceRef;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.streams.WriteStream;
import java.io.EOFException;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Imports and exports on a database that fails or is slow, just when it hurts. */
@ExtendWith(AdminBed.Extension.class)
class BulkUnderStressTest {
  private static final int CHUNK = 5000;

  @Test
  void chunkThatFailsForAWhile_isTriedAgain(AdminBed bed) {
    AtomicInteger calls = new AtomicInteger();
    String product = bed.product();
    ApiClient client =
        client(
            bed,
            ids ->
                calls.incrementAndGet() <= 2
                    ? Future.failedFuture(new RegistryUnavailableException("away", null))
                    : Future.succeededFuture(new PreRegistration(true, ids.size(), List.of())));
    JsonNode summary = last(client.send("POST", path(product), "text/csv", rows(1, 12_000)));
    assertThat(summary.path("type").asText()).isEqualTo("summary");
    assertThat(summary.path("created").asInt()).isEqualTo(12_000);
    assertThat(calls.get()).isEqualTo(5);
  }

  @Test
  void chunkThatKeepsFailing_tellsWhereToGoOn(AdminBed bed) {
    AtomicInteger calls = new AtomicInteger();
    String product = bed.product();
    ApiClient broken =
        client(
            bed,
            ids ->
                calls.incrementAndGet() > 2
                    ? Future.failedFuture(new RegistryUnavailableException("away", null))
                    : bed.registry().administration().preRegister(AdminBed.TESTER, product, ids));
    JsonNode aborted = last(broken.send("POST", path(product), "text/csv", rows(1, 20_000)));
    assertThat(aborted.path("type").asText()).isEqualTo("aborted");
    assertThat(aborted.path("problem").asText()).contains("try again");
    int from = aborted.path("resumeFromLine").asInt();
    assertThat(from).isEqualTo(2 * CHUNK + 1);
    JsonNode summary =
        last(
            bed.admin()
                .send(
                    "POST", path(product) + "?firstLine=" + from, "text/csv", rows(from, 20_000)));
    assertThat(summary.path("created").asInt()).isEqualTo(20_000 - 2 * CHUNK);
  }

  @Test
  void slowDatabase_stopsTheSocket(AdminBed bed) throws IOException {
    Queue<Runnable> held = new ConcurrentLinkedQueue<>();
    String product = bed.product();
    AdminApi api =
        deploy(
            bed,
            ids -> {
              Promise<PreRegistration> promise = Promise.promise();
              held.add(() -> promise.complete(new PreRegistration(true, ids.size(), List.of())));
              return promise.future();
            });
    int total = 64 << 20;
    try (SocketChannel socket =
        SocketChannel.open(new InetSocketAddress("127.0.0.1", api.port()))) {
      String head =
          "POST "
              + path(product)
              + " HTTP/1.1\r\nHost: h\r\nContent-Type: text/csv\r\nAuthorization: Bearer "
              + bed.adminToken()
              + "\r\nContent-Length: "
              + total
              + "\r\n\r\n";
      socket.write(ByteBuffer.wrap(head.getBytes(StandardCharsets.US_ASCII)));
      socket.configureBlocking(false);
      ByteBuffer block = ByteBuffer.wrap(rows(1, 10_000).getBytes(StandardCharsets.US_ASCII));
      int accepted = 0;
      int stalled = 0;
      while (accepted < total && stalled < 100) {
        int written = socket.write(block.hasRemaining() ? block : block.rewind());
        accepted += written;
        stalled = written == 0 ? stalled + 1 : 0;
        if (written == 0) {
          LockSupport.parkNanos(5_000_000);
        }
      }
      assertThat(accepted).isLessThan(total / 2);
      assertThat(held).hasSize(2);
    }
    held.forEach(Runnable::run);
  }

  @Test
  void exportThatFailsAtOnce_isAProblem(AdminBed bed) {
    ApiClient client = exporter(bed, out -> Future.failedFuture(away()));
    assertThat(client.get("/devices/export").problem(503)).contains("try again");
  }

  @Test
  void exportThatFailsMidway_isCutShort(AdminBed bed) {
    DeviceRecord device =
        AdminBed.await(bed.registry().administration().get(bed.active(bed.product(), "row")))
            .orElseThrow();
    ApiClient client =
        exporter(
            bed,
            out -> {
              for (int i = 0; i < 5000; i++) {
                out.write(device);
              }
              return Future.failedFuture(away());
            });
    assertThatThrownBy(() -> client.get("/devices/export"))
        .hasRootCauseInstanceOf(EOFException.class);
  }

  @Test
  void exportsThatNobodyReads_freeTheirPlaces(AdminBed bed) throws IOException {
    String product = bed.product();
    bed.admin().send("POST", path(product), "text/csv", rows(1, 60_000)).expect(200);
    int port = Integer.parseInt(bed.url().replaceAll(".*:", ""));
    String request =
        "GET /devices/export?product="
            + product
            + " HTTP/1.1\r\nHost: h\r\nAuthorization: Bearer "
            + bed.adminToken()
            + "\r\n\r\n";
    for (int i = 0; i < 5; i++) {
      try (SocketChannel socket = SocketChannel.open(new InetSocketAddress("127.0.0.1", port))) {
        socket.write(ByteBuffer.wrap(request.getBytes(StandardCharsets.US_ASCII)));
        assertThat(socket.read(ByteBuffer.allocate(12))).isEqualTo(12);
      }
      Waiting.until(
          () ->
              bed.admin().get("/devices/export?product=" + product + "&idPrefix=x").status()
                  == 200);
    }
    Waiting.until( // the last of them may still be on its way out
        () -> {
          ApiClient.Answer whole = bed.admin().get("/devices/export?product=" + product);
          return whole.status() == 200 && whole.lines().size() == 60_000;
        });
  }

  private static RegistryUnavailableException away() {
    return new RegistryUnavailableException("away", null);
  }

  private static ApiClient exporter(
      AdminBed bed, Function<WriteStream<DeviceRecord>, Future<Void>> export) {
    AdminApi api =
        deploy(bed, new Devices(bed.registry().administration(), ids -> noWrites(), export));
    return bed.admin().at("http://127.0.0.1:" + api.port());
  }

  private static Future<PreRegistration> noWrites() {
    return Future.failedFuture("nothing is to be written");
  }

  private static ApiClient client(
      AdminBed bed, Function<List<String>, Future<PreRegistration>> write) {
    return bed.admin().at("http://127.0.0.1:" + deploy(bed, write).port());
  }

  private static AdminApi deploy(
      AdminBed bed, Function<List<String>, Future<PreRegistration>> write) {
    DeviceAdministration real = bed.registry().administration();
    return deploy(bed, new Devices(real, write, out -> real.export(DeviceFilter.ALL, out)));
  }

  private static AdminApi deploy(AdminBed bed, DeviceAdministration devices) {
    String hash = HexFormat.of().formatHex(ApiTokenText.hash(bed.adminToken()).orElseThrow());
    AdminServices usual = bed.services(List.of(BootstrapToken.ofHash(hash)));
    return bed.deploy(
        AdminConfig.DEFAULT.withPort(0),
        new AdminServices(
            usual.products(),
            devices,
            usual.labels(),
            usual.announcer(),
            usual.campaigns(),
            usual.connections(),
            usual.platforms(),
            usual.audit(),
            usual.auditChain(),
            usual.events(),
            usual.webhooks(),
            usual.tokens(),
            usual.vault(),
            usual.vaultMark(),
            usual.meters(),
            usual.recovery(),
            usual.watch(),
            usual.readiness(),
            usual.advisory(),
            usual.bootstrapTokens()));
  }

  private static String path(String product) {
    return "/products/" + product + "/devices";
  }

  private static String rows(int from, int to) {
    return IntStream.rangeClosed(from, to)
        .mapToObj(i -> "stress-" + i + "\n")
        .collect(Collectors.joining());
  }

  private static JsonNode last(ApiClient.Answer answer) {
    List<JsonNode> lines = answer.expect(200).lines();
    return lines.get(lines.size() - 1);
  }

  /** The registry's devices with other ways to register and export them. */
  private record Devices(
      DeviceAdministration real,
      Function<List<String>, Future<PreRegistration>> write,
      Function<WriteStream<DeviceRecord>, Future<Void>> export)
      implements DeviceAdministration {
    @Override
    public Future<PreRegistration> preRegister(Actor actor, String product, List<String> ids) {
      return write.apply(ids);
    }

    @Override
    public Future<Optional<DeviceRecord>> get(DeviceRef ref) {
      return real.get(ref);
    }

    @Override
    public Future<List<DeviceRecord>> list(
        DeviceFilter filter, Optional<DeviceRef> after, int limit) {
      return real.list(filter, after, limit);
    }

    @Override
    public Future<Void> export(DeviceFilter filter, WriteStream<DeviceRecord> out) {
      return export.apply(out);
    }

    @Override
    public Future<Map<Integer, Long>> keysByAllocationSecret() {
      return real.keysByAllocationSecret();
    }

    @Override
    public Future<List<ProductCount>> count() {
      return real.count();
    }

    @Override
    public Future<DeviceChange> act(Actor actor, OperatorAction action, DeviceRef ref) {
      return real.act(actor, action, ref);
    }

    @Override
    public Future<List<String>> approve(Actor actor, String product, List<String> ids) {
      return real.approve(actor, product, ids);
    }

    @Override
    public Future<List<AskedDevice>> want(
        Actor actor, Wish wish, String productId, List<String> deviceIds) {
      return real.want(actor, wish, productId, deviceIds);
    }

    @Override
    public Future<List<AwaitingDevice>> awaiting(
        String product, AwaitingDevice.Reason reason, String after, int limit) {
      return real.awaiting(product, reason, after, limit);
    }
  }
}
