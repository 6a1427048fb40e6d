package io.otakey.gateway.recovery;

import io.otakey.gateway.registry.Height;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.UUID;
import java.util.zip.CRC32C;

/**
 * What a node remembers of its database, in a file of a few lines with a checksum.
 *
 * @param commits the highest number it saw since the operator's last choice
 * @param choice the highest it saw
 * @param generations the highest it ever saw of each product
 */
record Memory(UUID installation, long commits, long choice, Map<String, Integer> generations) {
  private static final String FORM = "otakey-memory/1";

  Memory {
    generations = Map.copyOf(generations);
  }

  /** Nothing was seen yet. */
  static Memory none(UUID installation) {
    return new Memory(installation, 0, 0, Map.of());
  }

  /** Why this database is not the one that was served from, or not all of it. */
  Optional<String> doubts(Height height, long tolerance) {
    if (!height.installation().equals(installation)) {
      return Optional.of("the database belongs to another installation, " + height.installation());
    }
    boolean chosen = height.choice() > choice;
    long behind = commits - height.commits();
    return !chosen && behind > tolerance
        ? Optional.of(
            "the database is behind: it has made "
                + height.commits()
                + " commits, and this node saw "
                + commits)
        : Optional.empty();
  }

  /** With what is seen now; after a choice the database's number holds, even a smaller one. */
  Memory seeing(Height height) {
    boolean chosen = height.choice() > choice;
    Map<String, Integer> highest = new TreeMap<>(generations);
    height.generations().forEach((id, generation) -> highest.merge(id, generation, Math::max));
    return new Memory(
        installation,
        chosen ? height.commits() : Math.max(commits, height.commits()),
        Math.max(choice, height.choice()),
        highest);
  }

  /**
   * Reads a memory.
   *
   * @return empty if there is none
   * @throws IOException also if it is damaged
   */
  static Optional<Memory> read(Path file) throws IOException {
    String text;
    try {
      text = Files.readString(file);
    } catch (NoSuchFileException e) {
      return Optional.empty();
    }
    int end = text.stripTrailing().lastIndexOf('\n') + 1;
    String body = text.substring(0, end);
    if (!text.substring(end).strip().equals(checksum(body))) {
      throw new IOException("its checksum is wrong");
    }
    try {
      List<String> lines = body.lines().toList();
      String[] head = lines.get(0).split(" ", -1);
      if (!head[0].equals(FORM)) {
        throw new IOException("it is of another form: " + head[0]);
      }
      Map<String, Integer> generations = new TreeMap<>();
      for (String line : lines.subList(1, lines.size())) {
        String[] parts = line.split(" ", -1);
        generations.put(parts[0], Integer.parseInt(parts[1]));
      }
      return Optional.of(
          new Memory(
              UUID.fromString(head[1]),
              Long.parseLong(head[2]),
              Long.parseLong(head[3]),
              generations));
    } catch (IllegalArgumentException | IndexOutOfBoundsException e) {
      throw new IOException("it cannot be read", e);
    }
  }

  /** Replaces the file by a whole new one. */
  void write(Path file) throws IOException {
    StringBuilder body = new StringBuilder();
    body.append(FORM).append(' ').append(installation).append(' ').append(commits);
    body.append(' ').append(choice).append('\n');
    new TreeMap<>(generations)
        .forEach((id, generation) -> body.append(id).append(' ').append(generation).append('\n'));
    byte[] text = (body + checksum(body.toString()) + "\n").getBytes(StandardCharsets.UTF_8);
    Path part = file.resolveSibling(file.getFileName() + ".part");
    try (FileChannel channel =
        FileChannel.open(
            part,
            StandardOpenOption.CREATE,
            StandardOpenOption.TRUNCATE_EXISTING,
            StandardOpenOption.WRITE)) {
      ByteBuffer bytes = ByteBuffer.wrap(text);
      while (bytes.hasRemaining()) {
        channel.write(bytes);
      }
      channel.force(true);
    }
    Files.move(part, file, StandardCopyOption.ATOMIC_MOVE);
  }

  private static String checksum(String body) {
    CRC32C crc = new CRC32C();
    crc.update(body.getBytes(StandardCharsets.UTF_8));
    return "crc32c " + Long.toHexString(crc.getValue());
  }
}
