package io.otakey.gateway.doctor;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/**
 * A process that listens on a port, as Linux tells it in /proc.
 *
 * @param name of the program
 * @param gateway whether it is a gateway of ours
 */
record PortHolder(long pid, String name, boolean gateway) {
  private static final String LISTENS = "0A";
  private static final int LOCAL = 1;
  private static final int STATE = 3;
  private static final int INODE = 9;

  /** Empty if nobody is found: not listening any more, or of another user. */
  static Optional<PortHolder> of(int port) {
    Set<String> sockets = new HashSet<>();
    for (String table : List.of("tcp", "tcp6")) {
      sockets.addAll(sockets(Path.of("/proc/net", table), port));
    }
    return sockets.isEmpty()
        ? Optional.empty()
        : ProcessHandle.allProcesses()
            .filter(process -> holds(process.pid(), sockets))
            .findFirst()
            .map(process -> of(process.pid(), process));
  }

  private static PortHolder of(long pid, ProcessHandle process) {
    String program =
        process
            .info()
            .command()
            .map(path -> Path.of(path).getFileName())
            .map(Path::toString)
            .orElse("?");
    List<String> line = words(pid);
    int main = line.indexOf("io.otakey.gateway.Main");
    return new PortHolder(
        pid, program, main >= 0 && line.size() > main + 1 && line.get(main + 1).equals("gateway"));
  }

  private static Set<String> sockets(Path table, int port) {
    String suffix = String.format(Locale.ROOT, ":%04X", port);
    Set<String> found = new HashSet<>();
    try {
      for (String line : Files.readAllLines(table)) {
        String[] fields = line.strip().split("\\s+", -1);
        if (fields.length > INODE
            && fields[LOCAL].endsWith(suffix)
            && fields[STATE].equals(LISTENS)) {
          found.add("socket:[" + fields[INODE] + "]");
        }
      }
    } catch (IOException e) {
      return found; // not on Linux, or without IPv6: nobody is named
    }
    return found;
  }

  private static boolean holds(long pid, Set<String> sockets) {
    try (Stream<Path> files = Files.list(Path.of("/proc", Long.toString(pid), "fd"))) {
      return files.anyMatch(file -> sockets.contains(target(file)));
    } catch (IOException e) {
      return false; // of another user, or gone
    }
  }

  private static String target(Path link) {
    try {
      return Files.readSymbolicLink(link).toString();
    } catch (IOException e) {
      return ""; // closed meanwhile
    }
  }

  private static List<String> words(long pid) {
    try {
      byte[] line = Files.readAllBytes(Path.of("/proc", Long.toString(pid), "cmdline"));
      return List.of(new String(line, StandardCharsets.UTF_8).split("\0", -1));
    } catch (IOException e) {
      return List.of();
    }
  }
}
