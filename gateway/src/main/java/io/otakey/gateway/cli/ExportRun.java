package io.otakey.gateway.cli;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/** One export. A file gets its name only when it is whole. */
final class ExportRun {
  private final Session session;
  private final String query;
  private final @Nullable Path file;

  ExportRun(Session session, String query, @Nullable Path file) {
    this.session = session;
    this.query = query;
    this.file = file;
  }

  int run(Progress progress) throws IOException {
    String path = "/devices/export?" + query;
    try (InputStream in = session.api().stream("GET", path, null, new byte[0])) {
      if (file == null) {
        print(in);
        return 0;
      }
      try (OutputStream out = Output.open(file)) {
        copy(in, out, progress);
      }
      Output.finish(file);
      return 0;
    }
  }

  private void print(InputStream in) {
    try (BufferedReader lines =
        new BufferedReader(new InputStreamReader(in, StandardCharsets.UTF_8))) {
      for (String line = lines.readLine(); line != null; line = lines.readLine()) {
        session.output().out().println(line);
      }
    } catch (IOException e) {
      throw cutShort(e);
    } finally {
      session.output().out().flush();
    }
  }

  private static void copy(InputStream in, OutputStream out, Progress progress) throws IOException {
    byte[] block = new byte[1 << 16];
    long bytes = 0;
    long lines = 0;
    for (int read = read(in, block); read >= 0; read = read(in, block)) {
      out.write(block, 0, read);
      for (int i = 0; i < read; i++) {
        lines += block[i] == '\n' ? 1 : 0;
      }
      bytes += read;
      progress.update(bytes, lines);
    }
    progress.finish(bytes, lines);
  }

  private static int read(InputStream in, byte[] block) {
    try {
      return in.read(block);
    } catch (IOException e) {
      throw cutShort(e);
    }
  }

  private static CommandException cutShort(IOException cause) {
    return new CommandException(
        "the export was cut short and is incomplete: start it again (" + cause.getMessage() + ")");
  }
}
