package io.otakey.gateway.admin;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.otakey.gateway.registry.DeviceFilter;
import io.otakey.gateway.registry.DeviceRecord;
import io.otakey.gateway.registry.Role;
import io.vertx.core.Future;
import io.vertx.core.Handler;
import io.vertx.core.streams.WriteStream;
import java.io.IOException;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith(AdminBed.Extension.class)
class ImportTest {
  private static final String CSV = "text/csv";
  private static final String NDJSON = "application/x-ndjson";

  @Test
  void csv_withAndWithoutHeader(AdminBed bed) {
    String product = bed.product();
    assertSummary(load(bed, product, CSV, "a\r\nb\r\n\r\nc"), 3, 3, 0, 0);
    String header = "\uFEFFserial,\"deviceId\",productId\n";
    List<JsonNode> answer =
        load(
            bed,
            product,
            CSV,
            header
                + "1,d,"
                + product
                + "\n2,\"e\",\n\"3,\"\"x\",f,"
                + product
                + "\n4,g,other\n5,h\n");
    assertSummary(answer, 5, 3, 0, 2);
    assertThat(errors(answer))
        .containsExactly(
            "5: the row names another product than '" + product + "'",
            "6: the line has 2 columns instead of 3; without a header line that names 'deviceId'"
                + " there is one");
    assertThat(known(bed, product)).isEqualTo(6);
  }

  @Test
  void ndjson_readsWhatAnExportWrites(AdminBed bed) {
    String product = bed.product();
    List<JsonNode> answer =
        load(
            bed,
            product,
            NDJSON,
            """
            {"deviceId":"a"}
            {"productId":"%s","deviceId":"b","status":"active"}
            {"deviceId":7}
            {"deviceId":"a b"}
            nonsense

            {"productId":"other","deviceId":"c"}
            """
                .formatted(product));
    assertSummary(answer, 6, 2, 0, 4);
    assertThat(errors(answer))
        .extracting(text -> text.replaceAll(":.*", ""))
        .containsExactly("3", "4", "5", "7");
  }

  @Test
  void longLine_isOneErrorWhateverItsLength(AdminBed bed) {
    String product = bed.product();
    String lines = "a\n" + "x".repeat(3 << 20) + "\nb\n" + "y".repeat(LineSplitter.MAX_LINE + 1);
    List<JsonNode> answer = load(bed, product, CSV, lines);
    assertSummary(answer, 4, 2, 0, 2);
    assertThat(errors(answer))
        .containsExactly(
            "2: the line has more than 4096 bytes", "4: the line has more than 4096 bytes");
  }

  @Test
  void repetition_isHarmless(AdminBed bed) {
    String product = bed.product();
    assertSummary(load(bed, product, CSV, "a\nb\na\n"), 3, 2, 1, 0);
    bed.active(product, "c");
    assertSummary(load(bed, product, CSV, "a\nb\nc\nd\n"), 4, 1, 3, 0);
    JsonNode active = bed.admin().get("/products/" + product + "/devices/c").expect(200).json();
    assertThat(active.path("status").asText()).isEqualTo("active");
  }

  @Test
  void barredRows_areNamed(AdminBed bed) {
    String product = bed.product();
    bed.active(product, "gone");
    bed.admin().act("/products/" + product + "/devices/gone/remove").expect(200);
    List<JsonNode> answer = load(bed, product, CSV, "new\ngone\n");
    JsonNode barred =
        answer.stream()
            .filter(line -> line.path("type").asText().equals("barred"))
            .findFirst()
            .orElseThrow();
    assertThat(barred.toString())
        .isEqualTo("{\"type\":\"barred\",\"line\":2,\"deviceId\":\"gone\",\"status\":\"removed\"}");
    assertThat(answer.get(answer.size() - 1).path("barred").asInt()).isEqualTo(1);
  }

  @Test
  void errors_areCappedAndCounted(AdminBed bed) {
    String product = bed.product();
    List<JsonNode> answer =
        bed.admin()
            .send(
                "POST",
                "/products/" + product + "/devices?maxErrors=3",
                CSV,
                "-\n".repeat(10) + "good\n")
            .expect(200)
            .lines();
    assertThat(errors(answer)).hasSize(3);
    JsonNode summary = answer.get(answer.size() - 1);
    assertThat(summary.path("notShown").asInt()).isEqualTo(7);
    assertThat(summary.path("created").asInt()).isEqualTo(1);
  }

  @Test
  void import_isForOperatorsAndKnownProducts(AdminBed bed) {
    assertThat(bed.admin().send("POST", "/products/absent/devices", CSV, "a\n").problem(404))
        .contains("absent");
    bed.client(Role.VIEWER, Set.of())
        .send("POST", "/products/absent/devices", CSV, "a\n")
        .expect(403);
  }

  /** The size that the contract promises to take in constant memory, with faults and a resume. */
  @Test
  void hundredThousandRows_goInDespiteBadLinesAndResume(AdminBed bed) {
    String product = bed.product();
    int rows = 100_000;
    StringBuilder file = new StringBuilder("deviceId\n");
    for (int i = 2; i <= rows + 1; i++) {
      file.append(i % 10_000 == 0 ? "bad id " : "unit-").append(i).append('\n');
    }
    List<JsonNode> whole = load(bed, product, CSV, file.toString());
    assertSummary(whole, rows, rows - 10, 0, 10);
    assertThat(errors(whole))
        .extracting(text -> text.replaceAll(":.*", ""))
        .containsExactly(
            "10000", "20000", "30000", "40000", "50000", "60000", "70000", "80000", "90000",
            "100000");
    assertThat(known(bed, product)).isEqualTo(rows - 10);
    assertThat(whole.stream().filter(line -> line.path("type").asText().equals("progress")))
        .isNotEmpty();

    int from = 60_001;
    String rest = "deviceId\n" + file.substring(file.indexOf("unit-" + from + "\n"), file.length());
    List<JsonNode> resumed =
        bed.admin()
            .send("POST", "/products/" + product + "/devices?firstLine=" + from, CSV, rest)
            .expect(200)
            .lines();
    assertSummary(resumed, rows + 1 - from + 1, 0, rows + 1 - from + 1 - 4, 4);
    assertThat(errors(resumed))
        .extracting(text -> text.replaceAll(":.*", ""))
        .containsExactly("70000", "80000", "90000", "100000");
  }

  @Test
  void importCutOffByItsClient_leavesWhatWentIn(AdminBed bed) throws IOException {
    String product = bed.product();
    int port = Integer.parseInt(bed.url().replaceAll(".*:", ""));
    try (Socket socket = new Socket("127.0.0.1", port)) {
      StringBuilder chunk = new StringBuilder();
      for (int i = 0; i < 6000; i++) {
        chunk.append("cut-").append(i).append('\n');
      }
      String head =
          "POST /products/"
              + product
              + "/devices HTTP/1.1\r\nHost: h\r\nContent-Type: text/csv\r\n"
              + "Expect: 100-continue\r\nAuthorization: Bearer "
              + bed.adminToken()
              + "\r\nTransfer-Encoding: chunked\r\n\r\n";
      socket.getOutputStream().write(head.getBytes(StandardCharsets.US_ASCII));
      byte[] answer = new byte[12];
      socket.setSoTimeout(30_000);
      int read = socket.getInputStream().readNBytes(answer, 0, answer.length);
      assertThat(new String(answer, 0, read, StandardCharsets.US_ASCII)).isEqualTo("HTTP/1.1 100");
      String body = Integer.toHexString(chunk.length()) + "\r\n" + chunk + "\r\n";
      socket.getOutputStream().write(body.getBytes(StandardCharsets.US_ASCII));
      socket.getOutputStream().flush();
      Waiting.until(() -> known(bed, product) == 5000);
    }
    // The API goes on, and the same import finds what is there.
    StringBuilder again = new StringBuilder();
    for (int i = 0; i < 6000; i++) {
      again.append("cut-").append(i).append('\n');
    }
    assertSummary(load(bed, product, CSV, again.toString()), 6000, 1000, 5000, 0);
  }

  @Test
  void databaseAwayForAWhile_delaysAnImport(AdminBed bed) {
    String product = bed.product();
    StringBuilder file = new StringBuilder();
    for (int i = 0; i < 20_000; i++) {
      file.append("away-").append(i).append('\n');
    }
    Thread restart =
        new Thread(
            () -> {
              bed.server().stop();
              bed.server().start();
            });
    restart.start();
    List<JsonNode> answer;
    do {
      ApiClient.Answer attempt =
          bed.admin().send("POST", "/products/" + product + "/devices", CSV, file.toString());
      answer = attempt.status() == 200 ? attempt.lines() : List.of();
      assertThat(attempt.status()).as(attempt.text()).isIn(200, 503);
    } while (answer.isEmpty()
        || answer.get(answer.size() - 1).path("type").asText().equals("aborted"));
    assertThat(answer.get(answer.size() - 1).path("invalid").asInt()).isZero();
    assertThat(known(bed, product)).isEqualTo(20_000);
  }

  private static List<JsonNode> load(AdminBed bed, String product, String mediaType, String body) {
    return bed.admin()
        .send("POST", "/products/" + product + "/devices", mediaType, body)
        .expect(200)
        .lines();
  }

  private static void assertSummary(
      List<JsonNode> answer, int lines, int created, int existing, int invalid) {
    JsonNode summary = answer.get(answer.size() - 1);
    assertThat(summary.path("type").asText()).as(summary.toString()).isEqualTo("summary");
    assertThat(
            List.of(
                summary.path("lines").asInt(),
                summary.path("created").asInt(),
                summary.path("existing").asInt(),
                summary.path("invalid").asInt()))
        .isEqualTo(List.of(lines, created, existing, invalid));
  }

  private static List<String> errors(List<JsonNode> answer) {
    return answer.stream()
        .filter(line -> line.path("type").asText().equals("error"))
        .map(line -> line.path("line").asLong() + ": " + line.path("problem").asText())
        .toList();
  }

  private static int known(AdminBed bed, String product) {
    AtomicInteger count = new AtomicInteger();
    AdminBed.await(
        bed.registry()
            .administration()
            .export(DeviceFilter.ofProduct(product), new Counting(count)));
    return count.get();
  }

  private record Counting(AtomicInteger count) implements WriteStream<DeviceRecord> {
    @Override
    public Future<Void> write(DeviceRecord device) {
      count.incrementAndGet();
      return Future.succeededFuture();
    }

    @Override
    public Future<Void> end() {
      return Future.succeededFuture();
    }

    @Override
    public boolean writeQueueFull() {
      return false;
    }

    @Override
    public Counting drainHandler(@Nullable Handler<Void> handler) {
      return this;
    }

    @Override
    public Counting exceptionHandler(@Nullable Handler<Throwable> handler) {
      return this;
    }

    @Override
    public Counting setWriteQueueMaxSize(int size) {
      return this;
    }
  }
}
