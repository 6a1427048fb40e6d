package io.otakey.loadgen.system;

import static org.assertj.core.api.Assertions.assertThat;

import io.otakey.loadgen.device.Bundle;
import java.net.Socket;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Connections that take their time, or were left behind. */
class CrowdTest {
  private static final int EACH = Fleet.FULL ? 500 : 60;
  private static final int PER_SOURCE = EACH * 4;
  private static final int FIRST_FRAME_SECONDS = 2;

  /** Ticks of the watch, and a machine that has other things to do. */
  private static final int SLACK_SECONDS = 10;

  private static final Map<String, String> SETTINGS =
      Map.of(
          "OTAKEY_LIMITS_TRUSTEDSOURCES", "",
          "OTAKEY_LIMITS_FIRSTFRAME", Integer.toString(FIRST_FRAME_SECONDS),
          "OTAKEY_LIMITS_MAXCONNECTIONS", Integer.toString(PER_SOURCE + 300),
          "OTAKEY_LIMITS_MAXCONNECTIONSPERSOURCE", Integer.toString(PER_SOURCE),
          "OTAKEY_HTTP_IDLESECONDS", "2");

  @TempDir private Path folder;

  @Test
  void slowLoris_isThrownOutInTime_andHonestDevicesAreServed() throws Exception {
    try (GatewayProcess gateway = GatewayProcess.start(folder, SETTINGS);
        Crowd crowd = new Crowd()) {
      Path bundle = gateway.createProduct("demo");
      byte[] frame = HonestDevice.frames(gateway, Bundle.read(bundle), 1).get(0);
      crowd.add(EACH, gateway.port("mqtt"), Packets.connect(4, 60));
      crowd.add(EACH, gateway.port("mqtt"), new byte[0]); // half-open, as it were
      crowd.add(EACH, gateway.port("http"), Packets.post(frame));
      crowd.add(EACH, gateway.port("http"), new byte[0]);
      crowd.add(EACH, gateway.port("mqtts"), hello());
      crowd.add(EACH, gateway.port("https"), hello());
      crowd.start();

      Fleet.Outcome honest = honest(gateway, bundle).run();

      assertThat(honest.exitCode()).as(honest.result().toString()).isZero();
      assertThat(gateway.gauge("otakey_resource_used", "\"connections\""))
          .isLessThanOrEqualTo(PER_SOURCE + 300);
      crowd.fallSilent();
      GatewayProcess.await("the crowd to be gone", () -> crowd.present() == 0);
      assertThat(crowd.thrownOut()).isGreaterThanOrEqualTo(6 * EACH);
      GatewayProcess.await(
          "the gateway to notice",
          () -> gateway.gauge("otakey_resource_used", "\"connections\"") == 0);
      assertThat(crowd.longestSeconds())
          .isBetween(FIRST_FRAME_SECONDS - 0.5, FIRST_FRAME_SECONDS + (double) SLACK_SECONDS);
      assertThat(gateway.complaints()).isEmpty();
    }
  }

  @Test
  void clientsThatVanish_leaveNoConnectionBehind() throws Exception {
    try (GatewayProcess gateway = GatewayProcess.start(folder, SETTINGS)) {
      byte[] frame =
          HonestDevice.frames(gateway, Bundle.read(gateway.createProduct("demo")), 1).get(0);
      GatewayProcess.await(
          "its own connection to be gone",
          () -> gateway.gauge("otakey_resource_used", "\"connections\"") == 0);
      List<Socket> left = new ArrayList<>();
      for (int i = 0; i < 50; i++) {
        Socket mqtt = new Socket("127.0.0.1", gateway.port("mqtt"));
        mqtt.getOutputStream().write(Packets.connect(4, 1)); // silence ends it after 1.5 s
        mqtt.getOutputStream().write(Packets.publish(frame, 0));
        Socket http = new Socket("127.0.0.1", gateway.port("http"));
        http.getOutputStream().write(Packets.post(frame));
        Socket reset = new Socket("127.0.0.1", gateway.port(i % 2 == 0 ? "mqtt" : "http"));
        reset.setSoLinger(true, 0);
        left.addAll(List.of(mqtt, http));
        GatewayProcess.await(
            "three more connections",
            () -> gateway.gauge("otakey_resource_used", "\"connections\"") >= 1);
        reset.close();
      }
      GatewayProcess.await(
          "all of them to be gone",
          () -> gateway.gauge("otakey_resource_used", "\"connections\"") == 0);
      for (Socket socket : left) {
        socket.close();
      }
      assertThat(gateway.complaints()).isEmpty();
    }
  }

  private Fleet honest(GatewayProcess gateway, Path bundle) {
    return new Fleet(
        gateway,
        bundle,
        folder.resolve("result.json"),
        Fleet.FULL ? 2000 : 200,
        "--rate=50",
        "--source-addresses=127.0.0.2",
        "--in-flight=100",
        "--answer-within=5000",
        "--time-scale=0.1",
        "--timeout=30");
  }

  /** The beginning of a TLS ClientHello of 512 bytes. */
  private static byte[] hello() {
    byte[] bytes = new byte[517];
    System.arraycopy(new byte[] {0x16, 3, 1, 2, 0, 1, 0, 1, (byte) 0xfc, 3, 3}, 0, bytes, 0, 11);
    return bytes;
  }
}
