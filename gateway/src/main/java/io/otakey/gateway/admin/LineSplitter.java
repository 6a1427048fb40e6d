package io.otakey.gateway.admin;

import io.vertx.core.buffer.Buffer;
import java.util.function.Consumer;

/**
 * Cuts a stream of bytes into lines, in constant memory: of a line that is too long only the fact
 * is passed on. Lines end with LF or CR LF, the last one with the stream.
 */
final class LineSplitter {
  /** Longest line, in bytes. */
  static final int MAX_LINE = 4096;

  /** Gets the lines in turn. */
  interface Lines {
    void line(byte[] line);

    void tooLong();
  }

  private final Lines lines;
  private final byte[] begun = new byte[MAX_LINE + 1];
  private int length;

  LineSplitter(Lines lines) {
    this.lines = lines;
  }

  void feed(Buffer buffer) {
    byte[] bytes = buffer.getBytes();
    int from = 0;
    for (int i = 0; i < bytes.length; i++) {
      if (bytes[i] == '\n') {
        keep(bytes, from, i);
        pass();
        from = i + 1;
      }
    }
    keep(bytes, from, bytes.length);
  }

  /** The stream has ended. */
  void end() {
    if (length > 0) {
      pass();
    }
  }

  private void keep(byte[] bytes, int from, int to) {
    int room = Math.min(to - from, begun.length - length);
    System.arraycopy(bytes, from, begun, length, room);
    length += room;
  }

  private void pass() {
    int end = length > 0 && length <= MAX_LINE && begun[length - 1] == '\r' ? length - 1 : length;
    boolean fits = length <= MAX_LINE;
    length = 0;
    Consumer<byte[]> receiver = fits ? lines::line : any -> lines.tooLong();
    byte[] line = new byte[fits ? end : 0];
    System.arraycopy(begun, 0, line, 0, line.length);
    receiver.accept(line);
  }
}
