package io.otakey.gateway;

import static io.otakey.gateway.TestGateway.PRODUCT;
import static io.otakey.gateway.TestGateway.TESTER;
import static io.otakey.gateway.TestGateway.await;
import static org.assertj.core.api.Assertions.assertThat;

import io.otakey.gateway.registry.EnrollmentPolicy;
import io.otakey.gateway.registry.EventFilter;
import io.otakey.gateway.registry.OperatorAction;
import io.otakey.gateway.registry.Product;
import io.otakey.gateway.registry.ProductChange;
import io.otakey.gateway.registry.ProductSettings;
import io.otakey.gateway.registry.ReEnroll;
import io.otakey.gateway.registry.pg.PgRegistry;
import io.otakey.protocol.wire.Answer;
import io.otakey.protocol.wire.DeviceRef;
import io.otakey.protocol.wire.Refusal;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.Set;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/** What speaks against a device is stored with it, streamed, and counted once for each frame. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class EvidenceTest {
  private TestGateway gateway;
  private Path token;

  @BeforeAll
  void start(@TempDir Path folder) {
    gateway = TestGateway.start(folder, Map.of()).withOpenProduct();
    token = folder.resolve("admin-token");
  }

  @AfterAll
  void stop() {
    gateway.close();
  }

  @Test
  void duplicateDevice_staleKey_andABarredOnesEnroll() throws Exception {
    double duplicates = counted("duplicate_device", "none");
    double stale = counted("stale_key", "none");
    TestDevice device = gateway.device("e1");
    TestDevice.Held first = gateway.enroll(device);
    twice(device.enroll().request());
    TestDevice.Held second = gateway.rotate(device, first);
    gateway.commit(device, second);
    twice(device.poll(first));
    await(behind().administration().act(TESTER, OperatorAction.BLOCK, ref("e1")));
    twice(device.enroll().request());
    eventsAre(
        "e1", "ENROLLED", "DUPLICATE_DEVICE", "ROTATED", "STALE_KEY", "BLOCKED", "REFUSED BARRED");
    assertThat(counted("duplicate_device", "none")).isEqualTo(duplicates + 1);
    assertThat(counted("stale_key", "none")).isEqualTo(stale + 1);
    assertThat(counted("refused", "barred")).isEqualTo(1);
  }

  @Test
  void aGrantThatIsGivenUp() throws Exception {
    TestDevice device = gateway.device("e2");
    TestDevice.Held held = gateway.enroll(device);
    TestDevice.Held given = gateway.rotate(device, held);
    twice(device.abandon(held, given.key().token()));
    eventsAre("e2", "ENROLLED", "ABANDONED PLATFORM_UNREACHABLE");
    assertThat(counted("abandoned", "platform_unreachable")).isEqualTo(1);
  }

  @Test
  void anEnrollThatThePolicyRefuses() throws Exception {
    gateway.enroll(gateway.device("e3"));
    policy(EnrollmentPolicy.DEFAULT.withAllowList(true));
    refused("e4");
    eventsAre("e4", "REFUSED ALLOW_LIST");
    policy(
        new EnrollmentPolicy(
            false,
            Optional.empty(),
            Optional.empty(),
            OptionalLong.of(1),
            OptionalInt.empty(),
            ReEnroll.ON_APPROVAL));
    refused("e5");
    eventsAre("e5", "REFUSED QUOTA");
    assertThat(counted("refused", "allow_list")).isEqualTo(1);
    assertThat(counted("refused", "quota")).isEqualTo(1);
    policy(EnrollmentPolicy.DEFAULT.withAllowList(false));
  }

  private void refused(String id) throws Exception {
    byte[] request = gateway.device(id).enroll().request();
    twice(request);
    Answer answer = TestDevice.decode(gateway.post(request).body());
    assertThat(((Answer.Refused) answer).code()).isEqualTo(Refusal.REFUSED);
  }

  private void policy(EnrollmentPolicy policy) {
    Product now = gateway.gateway().behind().products().product(PRODUCT).orElseThrow();
    ProductSettings settings = new ProductSettings(now.name(), policy, 0);
    assertThat(await(behind().products().update(TESTER, PRODUCT, now.version(), settings)))
        .isInstanceOf(ProductChange.Changed.class);
    await(behind().products().refresh());
  }

  private PgRegistry behind() {
    return gateway.gateway().behind();
  }

  private static DeviceRef ref(String id) {
    return new DeviceRef(PRODUCT, id);
  }

  private void twice(byte[] frame) throws IOException, InterruptedException {
    gateway.post(frame);
    gateway.post(frame);
  }

  /** Just these, once they are written. */
  private void eventsAre(String id, String... kinds) throws InterruptedException {
    RecoveryBed.until(
        Arrays.toString(kinds) + " of " + id + ", not " + events(id),
        () -> events(id).size() >= kinds.length);
    assertThat(events(id)).containsExactlyInAnyOrder(kinds);
  }

  private List<String> events(String id) {
    EventFilter its = new EventFilter(Set.of(), Optional.of(id), Set.of());
    return await(behind().eventLog().page(Optional.empty(), its, 100)).events().stream()
        .map(event -> event.kind() + event.reason().map(reason -> " " + reason).orElse(""))
        .toList();
  }

  /** What Prometheus is told. */
  private double counted(String kind, String reason) throws Exception {
    int port = gateway.gateway().endpoints().port("admin");
    HttpRequest request =
        HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + "/metrics"))
            .header("Authorization", "Bearer " + Files.readString(token).strip())
            .build();
    String name =
        "otakey_security_events_total{kind=\""
            + kind
            + "\",product=\"thermo\",reason=\""
            + reason
            + "\"} ";
    return HttpClient.newHttpClient()
        .send(request, HttpResponse.BodyHandlers.ofString())
        .body()
        .lines()
        .filter(line -> line.startsWith(name))
        .mapToDouble(line -> Double.parseDouble(line.substring(name.length())))
        .sum();
  }
}
