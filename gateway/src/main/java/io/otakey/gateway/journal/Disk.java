package io.otakey.gateway.journal;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/** What a journal does with its disk; tests have one that fails. */
interface Disk {
  /** A file that grows. */
  interface Appender extends AutoCloseable {
    /** Appends all of it, to the page cache at least. */
    void append(ByteBuffer bytes) throws IOException;

    /** Returns when everything that was appended is on disk. */
    void sync() throws IOException;

    /** Cuts off what was appended beyond this size. */
    void cut(long size) throws IOException;

    @Override
    void close() throws IOException;
  }

  /** A new file; it is an error if there is one of that name. */
  Appender create(Path file) throws IOException;

  /** The machine's own. */
  static Disk real() {
    return Disk::open;
  }

  private static Appender open(Path file) throws IOException {
    FileChannel channel =
        FileChannel.open(file, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
    return new Appender() {
      @Override
      public void append(ByteBuffer bytes) throws IOException {
        while (bytes.hasRemaining()) {
          channel.write(bytes);
        }
      }

      @Override
      public void sync() throws IOException {
        channel.force(false);
      }

      @Override
      public void cut(long size) throws IOException {
        channel.truncate(size);
      }

      @Override
      public void close() throws IOException {
        channel.close();
      }
    };
  }
}
