package io.otakey.loadgen.system;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;

/** Bytes of MQTT packets and HTTP requests, by hand. */
final class Packets {
  private static final byte[] TOPIC = "otakey/1".getBytes(StandardCharsets.US_ASCII);

  private Packets() {}

  /**
   * A CONNECT.
   *
   * @param version 4 is 3.1.1, 5 is 5
   */
  static byte[] connect(int version, int keepAliveSeconds) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    out.writeBytes(new byte[] {0, 4, 'M', 'Q', 'T', 'T', (byte) version, 2});
    u16(out, keepAliveSeconds);
    if (version == 5) {
      out.write(0);
    }
    out.writeBytes(new byte[] {0, 3, 'r', 'a', 'w'});
    return packet(0x10, out.toByteArray());
  }

  /**
   * A PUBLISH of a frame.
   *
   * @param id 0 for QoS 0
   */
  static byte[] publish(byte[] frame, int id) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    u16(out, TOPIC.length);
    out.writeBytes(TOPIC);
    if (id != 0) {
      u16(out, id);
    }
    out.writeBytes(frame);
    return packet(id == 0 ? 0x30 : 0x32, out.toByteArray());
  }

  /** A POST of a frame. */
  static byte[] post(byte[] frame) {
    byte[] head =
        request(
            "POST /otakey/1 HTTP/1.1",
            "Host: gateway",
            "Content-Type: application/vnd.otakey",
            "Content-Length: " + frame.length);
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    out.writeBytes(head);
    out.writeBytes(frame);
    return out.toByteArray();
  }

  /** Conversations that a client might begin, right and wrong ones, by the hundred. */
  static List<byte[]> conversations(List<byte[]> frames, SplittableRandom random) {
    List<byte[]> found = new ArrayList<>();
    for (int i = 0; i < 200; i++) {
      byte[] frame = frames.get(random.nextInt(frames.size()));
      found.add(i % 2 == 0 ? mqtt(frame, random) : http(frame, random));
    }
    found.removeIf(nothing -> nothing.length == 0);
    return found;
  }

  private static byte[] mqtt(byte[] frame, SplittableRandom random) {
    List<byte[]> packets = mqttPackets(frame);
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    if (random.nextInt(10) > 0) {
      out.writeBytes(connect(4 + random.nextInt(2), random.nextInt(100)));
    }
    for (int more = random.nextInt(6); more > 0; more--) {
      out.writeBytes(packets.get(random.nextInt(packets.size())));
    }
    return out.toByteArray();
  }

  /** One of every kind, those that only a server sends too. */
  private static List<byte[]> mqttPackets(byte[] frame) {
    List<byte[]> packets = new ArrayList<>();
    packets.add(connect(4, 10));
    packets.add(connect(5, 10));
    packets.add(connect(3, 10));
    packets.add(publish(frame, 0));
    packets.add(publish(frame, 7));
    packets.add(publish(new byte[3000], 8)); // larger than any frame
    byte[] exactlyOnce = publish(frame, 9);
    exactlyOnce[0] = 0x34;
    packets.add(exactlyOnce);
    packets.add(packet(0x82, new byte[] {0, 1, 0, 1, 'a', 1})); // SUBSCRIBE
    packets.add(packet(0x82, new byte[] {0, 1, 0, 0, 1, 'a', 1})); // of MQTT 5
    packets.add(packet(0x82, new byte[] {0, 1})); // without a topic
    packets.add(packet(0xa2, new byte[] {0, 2, 0, 1, 'a'})); // UNSUBSCRIBE
    packets.add(packet(0xc0, new byte[0])); // PINGREQ
    packets.add(packet(0xe0, new byte[0])); // DISCONNECT
    packets.add(packet(0xe0, new byte[] {4, 0}));
    packets.add(packet(0xf0, new byte[] {0x18, 0})); // AUTH
    for (int type : new int[] {0x20, 0x40, 0x50, 0x62, 0x70, 0x90, 0xb0, 0xd0, 0x00}) {
      packets.add(packet(type, new byte[] {0, 1}));
      packets.add(packet(type, new byte[0]));
    }
    return packets;
  }

  private static byte[] http(byte[] frame, SplittableRandom random) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    for (int requests = 1 + random.nextInt(3); requests > 0; requests--) {
      out.writeBytes(strange(frame, random.nextInt(9)));
    }
    return out.toByteArray();
  }

  private static byte[] strange(byte[] frame, int which) {
    String post = "POST /otakey/1 HTTP/1.1";
    String type = "Content-Type: application/vnd.otakey";
    return switch (which) {
      case 0 -> request("PRI * HTTP/2.0", "", "SM");
      case 1 -> request("GET / HTTP/1.1", "Connection: upgrade", "Upgrade: h2c");
      case 2 -> request(post, type, "Content-Length: -5");
      case 3 -> request(post, type, "Transfer-Encoding: chunked", "", "3", "abc", "0");
      case 4 -> request("GET /" + "a".repeat(600) + " HTTP/1.1", "X: " + "b".repeat(5000));
      case 5 ->
          request(
              "GET /otakey/1 HTTP/1.1",
              "Upgrade: websocket",
              "Connection: Upgrade",
              "Sec-WebSocket-Version: 13",
              "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==");
      case 6 -> post(new byte[5000]); // larger than any frame
      case 7 -> request(post, type, "Expect: 100-continue", "Content-Length: 9");
      default -> post(frame);
    };
  }

  private static byte[] request(String... lines) {
    return (String.join("\r\n", lines) + "\r\n\r\n").getBytes(StandardCharsets.US_ASCII);
  }

  private static byte[] packet(int first, byte[] body) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    out.write(first);
    int left = body.length;
    do {
      out.write(left >= 0x80 ? (left & 0x7f) | 0x80 : left);
      left >>= 7;
    } while (left > 0);
    out.writeBytes(body);
    return out.toByteArray();
  }

  private static void u16(ByteArrayOutputStream out, int value) {
    out.write(value >> 8);
    out.write(value);
  }
}
