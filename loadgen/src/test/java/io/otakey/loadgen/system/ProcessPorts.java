package io.otakey.loadgen.system;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.IntPredicate;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Which ports of this machine a process connects from, as Linux tells in /proc. A port that was its
 * own counts as its own for good: connections that it gave up may still be on their way.
 */
final class ProcessPorts implements IntPredicate {
  private static final List<String> TABLES = List.of("/proc/net/tcp", "/proc/net/tcp6");

  private final long pid;
  private final Set<Integer> own = ConcurrentHashMap.newKeySet();

  ProcessPorts(long pid) {
    this.pid = pid;
  }

  @Override
  public boolean test(int port) {
    return own.contains(port) || (isOwn(port) && own.add(port));
  }

  private boolean isOwn(int port) {
    try {
      Set<String> sockets = sockets();
      for (String table : TABLES) {
        if (Files.exists(Path.of(table)) && isIn(Path.of(table), port, sockets)) {
          return true;
        }
      }
      return false;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Columns: number, local address as HEX:PORT, remote address, ... and the inode as the tenth. */
  private static boolean isIn(Path table, int port, Set<String> sockets) throws IOException {
    String local = String.format(":%04X", port);
    try (Stream<String> lines = Files.lines(table)) {
      return lines
          .map(line -> line.strip().split("\\s+"))
          .anyMatch(c -> c.length > 9 && c[1].endsWith(local) && sockets.contains(c[9]));
    }
  }

  private Set<String> sockets() throws IOException {
    try (Stream<Path> open = Files.list(Path.of("/proc", Long.toString(pid), "fd"))) {
      return open.map(ProcessPorts::target)
          .filter(target -> target.startsWith("socket:["))
          .map(target -> target.substring("socket:[".length(), target.length() - 1))
          .collect(Collectors.toSet());
    }
  }

  private static String target(Path link) {
    try {
      return Files.readSymbolicLink(link).toString();
    } catch (IOException e) {
      return ""; // closed meanwhile
    }
  }
}
