package io.otakey.gateway.journal;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.UUID;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The folder of one node's journal: numbered files, of which the last grows. One thread at a time.
 */
final class JournalFiles implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(JournalFiles.class);
  private static final Pattern NAME = Pattern.compile("([0-9]{8})-[0-9a-f]{8}\\.journal");

  private final JournalConfig config;
  private final Disk disk;
  private final UUID installation;
  private final FileChannel lockFile;
  private UUID node;
  private long number;
  private Disk.@Nullable Appender current;
  private long size;

  private JournalFiles(
      JournalConfig config, Disk disk, UUID installation, UUID node, FileChannel lockFile) {
    this.config = config;
    this.disk = disk;
    this.installation = installation;
    this.node = node;
    this.lockFile = lockFile;
  }

  /** Takes the folder, cuts a torn tail, begins a new file. */
  static JournalFiles open(JournalConfig config, Disk disk, UUID installation) throws IOException {
    Files.createDirectories(config.folder());
    JournalFiles files =
        new JournalFiles(config, disk, installation, UUID.randomUUID(), lock(config.folder()));
    try {
      files.inspect();
      files.next();
      return files;
    } catch (IOException e) {
      files.lockFile.close();
      throw e;
    }
  }

  /** Two nodes in one folder would cut each other's tails. */
  private static FileChannel lock(Path folder) throws IOException {
    FileChannel channel =
        FileChannel.open(
            folder.resolve("lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
    try {
      FileLock lock = channel.tryLock();
      if (lock != null) {
        return channel;
      }
    } catch (OverlappingFileLockException e) {
      LOG.debug("another node of this process has the folder", e);
    }
    channel.close();
    throw new IOException("another node uses it; each needs a folder of its own");
  }

  /** All files, oldest first. */
  static List<Path> list(Path folder) throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      return new ArrayList<>(
          files.filter(file -> NAME.matcher(name(file)).matches()).sorted().toList());
    }
  }

  private static String name(Path file) {
    return String.valueOf(file.getFileName());
  }

  private void inspect() throws IOException {
    List<Path> files = list(config.folder());
    if (files.isEmpty()) {
      return;
    }
    Path last = files.get(files.size() - 1);
    Matcher matcher = NAME.matcher(name(last));
    if (matcher.matches()) {
      number = Long.parseLong(matcher.group(1));
    }
    var found = JournalReader.read(last, entry -> {});
    if (found.isEmpty()) {
      LOG.warn("journal file {} has no whole header, and is left as it is", last);
      return;
    }
    JournalReader.Summary summary = found.get();
    node = summary.node();
    long torn = Files.size(last) - summary.end();
    if (torn > 0) {
      LOG.warn("journal file {}: {} bytes of a torn record cut off", last, torn);
      try (FileChannel channel = FileChannel.open(last, StandardOpenOption.WRITE)) {
        channel.truncate(summary.end());
        channel.force(true);
      }
    }
    long damaged = summary.damagedBytes() - torn;
    if (damaged > 0) {
      LOG.error("journal file {}: {} bytes before its end are damaged", last, damaged);
    }
  }

  /** Appends whole records; they are on disk after {@link #sync}. */
  void append(ByteBuffer records) throws IOException {
    Disk.Appender open = current;
    if (open == null || size >= config.fileBytes()) {
      open = next();
    }
    int length = records.remaining();
    open.append(records);
    size += length;
  }

  /** Returns when everything appended is on disk. */
  void sync() throws IOException {
    Disk.Appender open = current;
    if (open != null) {
      open.sync();
    }
  }

  /**
   * Leaves a file that could not be written: what it holds beyond its last good record is cut off
   * if the disk lets it be, and skipped by readers if not.
   */
  void leave(long goodSize) {
    Disk.Appender open = current;
    current = null;
    if (open != null) {
      try (open) {
        open.cut(goodSize);
      } catch (IOException e) {
        LOG.debug("the torn tail of a journal stays", e);
      }
    }
  }

  long size() {
    return size;
  }

  private Disk.Appender next() throws IOException {
    Disk.Appender before = current;
    if (before != null) {
      before.sync();
      before.close();
      current = null;
    }
    number++;
    String name =
        String.format(
            Locale.ROOT, "%08d-%08x.journal", number, (int) node.getLeastSignificantBits());
    Disk.Appender made = disk.create(config.folder().resolve(name));
    byte[] header = JournalReader.header(installation, node);
    current = made;
    size = 0;
    made.append(ByteBuffer.wrap(header));
    made.sync();
    syncFolder();
    size = header.length;
    expire();
    return made;
  }

  /** Makes the new name durable, too. */
  private void syncFolder() throws IOException {
    try (FileChannel channel = FileChannel.open(config.folder(), StandardOpenOption.READ)) {
      channel.force(true);
    }
  }

  private void expire() throws IOException {
    Instant oldest = Instant.now().minus(config.kept());
    List<Path> files = list(config.folder());
    for (Path file : files.subList(0, files.size() - 1)) {
      if (Files.getLastModifiedTime(file).toInstant().isBefore(oldest)) {
        Files.deleteIfExists(file);
        LOG.info("journal file {} is older than it has to be kept, and deleted", file);
      }
    }
  }

  @Override
  public void close() throws IOException {
    Disk.Appender open = current;
    current = null;
    try (lockFile) {
      if (open != null) {
        open.sync();
        open.close();
      }
    }
  }
}
