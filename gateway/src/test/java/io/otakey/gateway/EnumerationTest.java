package io.otakey.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import io.otakey.gateway.registry.DeviceChange;
import io.otakey.gateway.registry.OperatorAction;
import io.otakey.protocol.wire.DeviceRef;
import io.otakey.protocol.wire.Token;
import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/**
 * Whoever holds no key learns nothing of which products, devices and keys there are: all answers
 * are the same, byte for byte, and the connection stays. By time: {@code ./otakey bench
 * sidechannel}.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class EnumerationTest {
  private static final Token SOME =
      Token.of(new byte[] {1, 2, 0, 1, 0, 0, 0, 0, 9, 8, 7, 6, 5, 4, 3});

  private final Map<String, byte[]> frames = new LinkedHashMap<>();
  private TestGateway gateway;

  @BeforeAll
  void start(@TempDir Path folder) throws Exception {
    gateway = TestGateway.start(folder, Map.of("OTAKEY_LIMITS_REFUSALPAUSEMILLIS", "1"));
    gateway.withOpenProduct();
    about("an unknown product", new DeviceRef("no-such", "d"), SOME, 1);
    about("an unknown device", ref("nobody"), SOME, 1);
    var registered =
        gateway
            .gateway()
            .behind()
            .administration()
            .preRegister(TestGateway.TESTER, TestGateway.PRODUCT, List.of("expected"));
    TestGateway.await(registered);
    about("an expected device", ref("expected"), SOME, 1);
    about("an active device", enrolled("active"));
    about("a blocked device", enrolled("blocked", OperatorAction.BLOCK));
    about("a revoked device", enrolled("revoked", OperatorAction.REVOKE));
    about("a removed device", enrolled("removed", OperatorAction.REMOVE));
    about("a device that is to enroll again", enrolled("reset", OperatorAction.RESET));
  }

  @AfterAll
  void stop() {
    gateway.close();
  }

  @Test
  void http_answersEveryFrameThatNobodyProved_withTheSameBytes() throws Exception {
    try (RawLine line = RawLine.http(gateway.gateway().endpoints().port("http"))) {
      sameAnswers(line);
    }
  }

  @Test
  void mqtt_answersEveryFrameThatNobodyProved_withTheSameBytes() throws Exception {
    for (int qos = 0; qos <= 1; qos++) {
      try (RawLine line = RawLine.mqtt(gateway.gateway().endpoints().port("mqtt"), qos)) {
        sameAnswers(line);
      }
    }
  }

  /** All on one connection: it stays whatever came. */
  private void sameAnswers(RawLine line) throws IOException {
    assertThat(frames).hasSizeGreaterThan(8 * 100);
    byte[] first = line.ask(frames.values().iterator().next());
    assertThat(first).endsWith(0x2f, 3, 0, 0, 0, 0);
    for (Map.Entry<String, byte[]> frame : frames.entrySet()) {
      assertThat(line.ask(frame.getValue())).as(frame.getKey()).isEqualTo(first);
    }
  }

  private TestDevice.Held enrolled(String id, OperatorAction... actions) throws Exception {
    TestDevice.Held held = gateway.enroll(gateway.device(id));
    for (OperatorAction action : actions) {
      DeviceChange change =
          TestGateway.await(
              gateway
                  .gateway()
                  .behind()
                  .administration()
                  .act(TestGateway.TESTER, action, held.key().ref()));
      assertThat(change).as("%s of %s", action, id).isInstanceOf(DeviceChange.Changed.class);
    }
    return held;
  }

  private void about(String what, TestDevice.Held held) {
    about(what, held.key().ref(), held.key().token(), held.key().epoch());
  }

  private void about(String what, DeviceRef ref, Token token, long epoch) {
    new Unproven()
        .frames(ref, token, epoch)
        .forEach((kind, frame) -> frames.put(kind + " about " + what, frame));
  }

  private static DeviceRef ref(String id) {
    return new DeviceRef(TestGateway.PRODUCT, id);
  }
}
