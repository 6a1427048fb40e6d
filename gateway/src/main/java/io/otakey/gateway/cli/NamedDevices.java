package io.otakey.gateway.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** Devices by their ids, instead of a filter. */
final class NamedDevices {
  @Option(
      names = "--device",
      paramLabel = "DEVICE",
      split = ",",
      description = "These devices of the one product, instead of a filter.")
  private @Nullable List<String> devices;

  @Option(
      names = "--list",
      paramLabel = "FILE",
      description = "The same from a file, one id a line.")
  private @Nullable Path list;

  @Option(names = "--all", description = "Every device that the token sees.")
  private boolean all;

  boolean all() {
    return all;
  }

  boolean given() {
    return devices != null || list != null;
  }

  /** All that were given. */
  List<String> ids() throws IOException {
    List<String> ids = new ArrayList<>(devices == null ? List.of() : devices);
    if (list != null) {
      ids.addAll(read(list));
    }
    return ids;
  }

  /** Ids from a file; empty lines are nothing. */
  static List<String> read(Path file) throws IOException {
    List<String> ids =
        Files.readAllLines(file).stream()
            .map(String::strip)
            .filter(line -> !line.isEmpty())
            .toList();
    if (ids.isEmpty()) {
      throw new CommandException(file + " names no device");
    }
    return ids;
  }
}
