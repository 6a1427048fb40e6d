package io.otakey.gateway.cli;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;

/** Reads a file's lines as bytes, in constant memory: a line that is too long is cut. */
final class LineReader implements AutoCloseable {
  /** Longer than the API takes, so that it says so. */
  static final int MAX_LINE = 8192;

  private final InputStream in;
  private long line;
  private long bytes;
  private boolean ended;

  LineReader(InputStream in) {
    this.in = new BufferedInputStream(in, 1 << 16);
  }

  /** Appends the next line with its end; false at the end of the file. */
  boolean next(ByteArrayOutputStream out) throws IOException {
    int length = 0;
    int b = in.read();
    if (b < 0) {
      ended = true;
      return false;
    }
    while (b >= 0 && b != '\n') {
      if (length++ < MAX_LINE) {
        out.write(b);
      }
      b = in.read();
    }
    out.write('\n');
    bytes += length + 1L;
    line++;
    return true;
  }

  /** Number of the line last read. */
  long line() {
    return line;
  }

  /** Bytes read so far. */
  long bytes() {
    return bytes;
  }

  boolean ended() {
    return ended;
  }

  @Override
  public void close() throws IOException {
    in.close();
  }
}
