package io.otakey.loadgen.baseline.scheme;

import io.otakey.loadgen.baseline.ServerCpu;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import java.util.function.Predicate;

/**
 * CPU time of a gateway by Linux's scheduler statistics, in nanoseconds: of its event loops, of its
 * process, and of the database's processes.
 *
 * @param gateway process id
 * @param database process id of the database's first process; 0 if it has none here
 */
public record GatewayProcessCpu(long gateway, long database) {
  /** Linux cuts names of threads after 15 characters. */
  private static final String EVENT_LOOP = "vert.x-eventloo";

  private static final Path PROC = Path.of("/proc");

  ServerCpu read() {
    try {
      return new ServerCpu(
          threads(gateway, name -> name.startsWith(EVENT_LOOP)),
          OptionalLong.of(threads(gateway, name -> true)),
          database == 0 ? OptionalLong.empty() : OptionalLong.of(tree(database)));
    } catch (IOException e) {
      throw new UncheckedIOException("no process " + gateway + " or " + database, e);
    }
  }

  private static long tree(long first) throws IOException {
    long sum = threads(first, name -> true);
    List<ProcessHandle> children = new ArrayList<>();
    ProcessHandle.of(first).ifPresent(process -> process.descendants().forEach(children::add));
    for (ProcessHandle child : children) {
      try {
        sum += threads(child.pid(), name -> true);
      } catch (NoSuchFileException e) {
        // it ended meanwhile
      }
    }
    return sum;
  }

  private static long threads(long process, Predicate<String> names) throws IOException {
    long sum = 0;
    Path tasks = PROC.resolve(Long.toString(process)).resolve("task");
    try (DirectoryStream<Path> threads = Files.newDirectoryStream(tasks)) {
      for (Path thread : threads) {
        sum += names.test(read(thread, "comm").strip()) ? nanos(thread) : 0;
      }
    }
    return sum;
  }

  private static long nanos(Path thread) throws IOException {
    String spent = read(thread, "schedstat");
    return spent.isEmpty() ? 0 : Long.parseLong(spent.substring(0, spent.indexOf(' ')));
  }

  /** Empty if the thread ended meanwhile. */
  private static String read(Path thread, String file) throws IOException {
    try {
      return Files.readString(thread.resolve(file));
    } catch (NoSuchFileException e) {
      return "";
    } catch (IOException e) {
      if (Files.exists(thread)) {
        throw e;
      }
      return ""; // ended between opening and reading
    }
  }
}
