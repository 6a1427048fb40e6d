package io.otakey.loadgen.system;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.IOException;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * A raw connection that sends frames in one piece and reads their answers. An answer too few, too
 * many or out of shape is an error.
 */
abstract class Line implements AutoCloseable {
  private static final int PATIENCE_MILLIS = 30_000;

  final Socket socket;
  final DataInputStream in;

  private Line(int port) throws IOException {
    socket = new Socket("127.0.0.1", port);
    socket.setTcpNoDelay(true);
    socket.setSoTimeout(PATIENCE_MILLIS);
    in = new DataInputStream(new BufferedInputStream(socket.getInputStream()));
  }

  static Line open(GatewayProcess gateway, boolean mqtt) throws IOException {
    return mqtt ? new Mqtt(gateway.port("mqtt")) : new Http(gateway.port("http"));
  }

  /** The answers, one for each frame. */
  final List<byte[]> ask(List<byte[]> frames) throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    for (int i = 0; i < frames.size(); i++) {
      write(out, i, frames.get(i));
    }
    out.writeTo(socket.getOutputStream());
    List<byte[]> answers = new ArrayList<>();
    for (int i = 0; i < frames.size(); i++) {
      answers.add(read(i));
    }
    return answers;
  }

  abstract void write(ByteArrayOutputStream out, int index, byte[] frame);

  abstract byte[] read(int index) throws IOException;

  /** Ends the connection; fails if the gateway said more than it was asked. */
  abstract void finish() throws IOException;

  @Override
  public void close() throws IOException {
    socket.close();
  }

  static void expect(boolean holds, String what) throws IOException {
    if (!holds) {
      throw new IOException("expected " + what);
    }
  }

  /** MQTT 3.1.1, every other frame with QoS 1. */
  private static final class Mqtt extends Line {
    Mqtt(int port) throws IOException {
      super(port);
      socket.getOutputStream().write(Packets.connect(4, 0));
      expect(in.readUnsignedByte() == 0x20 && in.readNBytes(3)[2] == 0, "an accepting CONNACK");
    }

    private static boolean acknowledged(int index) {
      return index % 2 == 1;
    }

    @Override
    void write(ByteArrayOutputStream out, int index, byte[] frame) {
      out.writeBytes(Packets.publish(frame, acknowledged(index) ? index + 1 : 0));
    }

    @Override
    byte[] read(int index) throws IOException {
      if (acknowledged(index)) {
        expect(in.readUnsignedByte() == 0x40, "a PUBACK");
        expect(in.readUnsignedByte() == 2 && in.readUnsignedShort() == index + 1, "its number");
      }
      expect(in.readUnsignedByte() == (acknowledged(index) ? 0x32 : 0x30), "a PUBLISH");
      byte[] body = in.readNBytes(remaining());
      int header = 2 + 8;
      if (acknowledged(index)) {
        socket.getOutputStream().write(new byte[] {0x40, 2, body[header], body[header + 1]});
        header += 2;
      }
      return java.util.Arrays.copyOfRange(body, header, body.length);
    }

    private int remaining() throws IOException {
      int low = in.readUnsignedByte();
      return low < 0x80 ? low : (low & 0x7f) + (in.readUnsignedByte() << 7);
    }

    @Override
    void finish() throws IOException {
      socket.getOutputStream().write(new byte[] {(byte) 0xc0, 0});
      expect(in.readUnsignedByte() == 0xd0, "PINGRESP and nothing else");
    }
  }

  /** HTTP/1.1, pipelined. */
  private static final class Http extends Line {
    Http(int port) throws IOException {
      super(port);
    }

    @Override
    void write(ByteArrayOutputStream out, int index, byte[] frame) {
      out.writeBytes(Packets.post(frame));
    }

    @Override
    byte[] read(int index) throws IOException {
      String status = line();
      expect(status.matches("HTTP/1.1 [245]\\d\\d .*"), "a status, not " + status);
      int length = -1;
      for (String header = line(); !header.isEmpty(); header = line()) {
        if (header.toLowerCase(Locale.ROOT).startsWith("content-length:")) {
          length = Integer.parseInt(header.substring(header.indexOf(':') + 1).trim());
        }
      }
      expect(length > 0, "a frame");
      return in.readNBytes(length);
    }

    private String line() throws IOException {
      ByteArrayOutputStream line = new ByteArrayOutputStream();
      for (int b = in.readUnsignedByte(); b != '\n'; b = in.readUnsignedByte()) {
        line.write(b);
      }
      return line.toString(StandardCharsets.ISO_8859_1).strip();
    }

    @Override
    void finish() throws IOException {
      String last = "GET /nothing HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n";
      socket.getOutputStream().write(last.getBytes(StandardCharsets.US_ASCII));
      expect(line().startsWith("HTTP/1.1 404"), "404 and nothing else");
    }
  }
}
