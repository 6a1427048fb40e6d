package io.otakey.gateway;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.IOException;
import java.net.Socket;
import java.nio.charset.StandardCharsets;

/** A connection on which every byte of an answer is seen. */
final class RawLine implements AutoCloseable {
  private static final int PATIENCE_MILLIS = 20_000;
  private static final byte[] CONNECT = {0x10, 13, 0, 4, 'M', 'Q', 'T', 'T', 4, 2, 0, 0, 0, 1, 'x'};

  private final Socket socket;
  private final DataInputStream in;
  private final boolean mqtt;
  private final int qos;

  private RawLine(int port, boolean mqtt, int qos) throws IOException {
    this.socket = new Socket("127.0.0.1", port);
    this.mqtt = mqtt;
    this.qos = qos;
    socket.setTcpNoDelay(true);
    socket.setSoTimeout(PATIENCE_MILLIS);
    in = new DataInputStream(new BufferedInputStream(socket.getInputStream()));
  }

  static RawLine http(int port) throws IOException {
    return new RawLine(port, false, 0);
  }

  static RawLine mqtt(int port, int qos) throws IOException {
    RawLine line = new RawLine(port, true, qos);
    line.socket.getOutputStream().write(CONNECT);
    line.packet();
    return line;
  }

  /** All bytes of the answer; of a PUBLISH with QoS 1 its own packet id is zeros. */
  byte[] ask(byte[] frame) throws IOException {
    if (!mqtt) {
      String head =
          "POST /otakey/1 HTTP/1.1\r\nHost: gw\r\nContent-Type: application/vnd.otakey\r\n"
              + "Content-Length: %d\r\n\r\n".formatted(frame.length);
      ByteArrayOutputStream request = new ByteArrayOutputStream();
      request.writeBytes(head.getBytes(StandardCharsets.US_ASCII));
      request.writeBytes(frame);
      socket.getOutputStream().write(request.toByteArray());
      return response();
    }
    socket.getOutputStream().write(publish(frame, qos));
    if (qos == 0) {
      return packet();
    }
    ByteArrayOutputStream both = new ByteArrayOutputStream();
    both.writeBytes(packet());
    byte[] answer = packet();
    int id = 2 + 2 + "otakey/1".length();
    answer[id] = 0;
    answer[id + 1] = 0;
    both.writeBytes(answer);
    return both.toByteArray();
  }

  /** A PUBLISH to the topic of frames. */
  static byte[] publish(byte[] frame, int qos) {
    byte[] topic = "otakey/1".getBytes(StandardCharsets.US_ASCII);
    int length = 2 + topic.length + (qos > 0 ? 2 : 0) + frame.length;
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    out.write(0x30 | qos << 1);
    if (length > 127) {
      out.write((length & 0x7f) | 0x80);
      out.write(length >> 7);
    } else {
      out.write(length);
    }
    out.write(0);
    out.write(topic.length);
    out.writeBytes(topic);
    if (qos > 0) {
      out.write(0);
      out.write(7);
    }
    out.writeBytes(frame);
    return out.toByteArray();
  }

  private byte[] packet() throws IOException {
    int first = in.readUnsignedByte();
    int length = in.readUnsignedByte();
    if (length > 127) {
      throw new IOException("no answer to what nobody proved is so long");
    }
    byte[] packet = new byte[2 + length];
    packet[0] = (byte) first;
    packet[1] = (byte) length;
    in.readFully(packet, 2, length);
    return packet;
  }

  /** Head and body. */
  private byte[] response() throws IOException {
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    while (!all.toString(StandardCharsets.US_ASCII).endsWith("\r\n\r\n")) {
      all.write(in.readUnsignedByte());
    }
    String head = all.toString(StandardCharsets.US_ASCII);
    String length = head.replaceAll("(?is).*content-length: *([0-9]+).*", "$1");
    byte[] body = new byte[Integer.parseInt(length)];
    in.readFully(body);
    all.writeBytes(body);
    return all.toByteArray();
  }

  @Override
  public void close() throws IOException {
    socket.close();
  }
}
