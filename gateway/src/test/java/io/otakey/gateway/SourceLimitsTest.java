package io.otakey.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import io.otakey.protocol.wire.Answer;
import io.otakey.protocol.wire.Refusal;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.net.Socket;
import java.net.SocketException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/** Who a frame comes from, behind proxies too, and what one source may do. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class SourceLimitsTest {
  private static final int BURST = 20; // ten seconds' worth of 2 frames a second

  private final HttpClient http = HttpClient.newHttpClient();
  private TestGateway gateway;

  @BeforeAll
  void start(@TempDir Path folder) {
    gateway =
        TestGateway.start(
                folder,
                Map.of(
                    "OTAKEY_LIMITS_FRAMESPERSECONDPERSOURCE", "2",
                    "OTAKEY_LIMITS_MAXCONNECTIONSPERSOURCE", "3",
                    "OTAKEY_LIMITS_TRUSTEDSOURCES", "192.0.2.128/25",
                    "OTAKEY_HTTP_TRUSTEDPROXIES", "127.0.0.1/32,198.51.100.0/24",
                    "OTAKEY_MQTT_PROXYPROTOCOL", "true",
                    "OTAKEY_MQTTS_ENABLED", "false",
                    "OTAKEY_HTTPS_ENABLED", "false"))
            .withOpenProduct();
  }

  @AfterAll
  void stop() {
    gateway.close();
  }

  @Test
  void http_countsTheForwardedClient() throws Exception {
    Set<Long> waits = new HashSet<>();
    int busy = 0;
    for (int i = 0; i < BURST + 30; i++) {
      Answer.Refused answer = post("203.0.113.7, 198.51.100.9");
      busy += answer.code() == Refusal.BUSY ? 1 : 0;
      if (answer.code() == Refusal.BUSY) {
        waits.add(answer.retryAfter());
      }
    }
    assertThat(busy).isBetween(10, 30);
    assertThat(waits).as("spread at random").hasSizeGreaterThan(1);
    assertThat(post("203.0.113.8").code()).as("another client").isEqualTo(Refusal.MALFORMED);
    for (int i = 0; i < BURST + 30; i++) {
      assertThat(post("192.0.2.200").code()).as("a trusted range").isEqualTo(Refusal.MALFORMED);
    }
  }

  @Test
  void http_believesNoForwardingByStrangers() throws Exception {
    // The right-most address that is not a trusted proxy counts, whatever stands before it.
    int busy = 0;
    for (int i = 0; i < BURST + 30; i++) {
      busy += post("192.0.2.200, 10.0.0." + i + ", 203.0.113.50").code() == Refusal.BUSY ? 1 : 0;
    }
    assertThat(busy).isGreaterThan(9);
  }

  @Test
  void mqtt_countsTheSourceOfTheProxyHeader() throws Exception {
    int busy = 0;
    try (Socket socket = connect("203.0.113.77")) {
      DataInputStream in = new DataInputStream(socket.getInputStream());
      assertThat(packet(in)).as("CONNACK").hasSize(2);
      for (int i = 0; i < BURST + 30; i++) {
        socket.getOutputStream().write(publish(new byte[] {0x77}));
        byte[] answer = packet(in);
        byte[] frame = java.util.Arrays.copyOfRange(answer, 10, answer.length);
        busy += ((Answer.Refused) TestDevice.decode(frame)).code() == Refusal.BUSY ? 1 : 0;
      }
    }
    assertThat(busy).isBetween(10, 30);
  }

  @Test
  void mqtt_boundsConnectionsOfOneSourceOnly() throws Exception {
    try (Socket one = connect("203.0.113.90");
        Socket two = connect("203.0.113.90");
        Socket three = connect("203.0.113.90")) {
      for (Socket socket : new Socket[] {one, two, three}) {
        assertThat(packet(new DataInputStream(socket.getInputStream()))).hasSize(2);
      }
      try (Socket fourth = connect("203.0.113.90")) {
        assertThat(isClosed(fourth)).isTrue();
      }
      try (Socket other = connect("203.0.113.91")) {
        assertThat(packet(new DataInputStream(other.getInputStream()))).hasSize(2);
      }
    }
  }

  private Answer.Refused post(String forwardedFor) throws IOException, InterruptedException {
    HttpResponse<byte[]> response =
        http.send(
            HttpRequest.newBuilder(
                    URI.create(
                        "http://127.0.0.1:"
                            + gateway.gateway().endpoints().port("http")
                            + "/otakey/1"))
                .header("Content-Type", "application/vnd.otakey")
                .header("X-Forwarded-For", forwardedFor)
                .POST(HttpRequest.BodyPublishers.ofByteArray(new byte[] {0x77}))
                .build(),
            HttpResponse.BodyHandlers.ofByteArray());
    Answer.Refused refused = (Answer.Refused) TestDevice.decode(response.body());
    if (refused.code() == Refusal.BUSY) {
      assertThat(response.statusCode()).isEqualTo(429);
      assertThat(response.headers().firstValue("Retry-After"))
          .contains(Long.toString(refused.retryAfter()));
    }
    return refused;
  }

  private Socket connect(String source) throws IOException {
    Socket socket = new Socket("127.0.0.1", gateway.gateway().endpoints().port("mqtt"));
    socket.setSoTimeout(10_000);
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    out.writeBytes(proxyV2(source));
    out.writeBytes(new byte[] {0x10, 13, 0, 4, 'M', 'Q', 'T', 'T', 4, 2, 0, 0, 0, 1, 'x'});
    socket.getOutputStream().write(out.toByteArray());
    return socket;
  }

  /** PROXY protocol, version 2: signature, PROXY, TCP over IPv4, 12 bytes of addresses. */
  private static byte[] proxyV2(String source) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    out.writeBytes(new byte[] {0x0d, 0x0a, 0x0d, 0x0a, 0, 0x0d, 0x0a, 'Q', 'U', 'I', 'T', 0x0a});
    out.writeBytes(new byte[] {0x21, 0x11, 0, 12});
    for (String part : source.split("\\.", -1)) {
      out.write(Integer.parseInt(part));
    }
    out.writeBytes(new byte[] {127, 0, 0, 1, 0x12, 0x34, 0x07, 0x5b});
    return out.toByteArray();
  }

  private static byte[] publish(byte[] frame) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    out.write(0x30);
    out.write(2 + 8 + frame.length);
    out.write(0);
    out.write(8);
    out.writeBytes("otakey/1".getBytes(StandardCharsets.US_ASCII));
    out.writeBytes(frame);
    return out.toByteArray();
  }

  /** What stands behind the fixed header of the next packet; none here is longer than 127. */
  private static byte[] packet(DataInputStream in) throws IOException {
    in.readUnsignedByte();
    byte[] body = new byte[in.readUnsignedByte()];
    in.readFully(body);
    return body;
  }

  private static boolean isClosed(Socket socket) throws IOException {
    try {
      packet(new DataInputStream(socket.getInputStream()));
      return false;
    } catch (EOFException | SocketException e) {
      return true;
    }
  }
}
