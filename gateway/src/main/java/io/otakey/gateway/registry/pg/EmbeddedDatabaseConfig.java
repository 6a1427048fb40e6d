package io.otakey.gateway.registry.pg;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * The PostgreSQL that the gateway brings along.
 *
 * @param dataDirectory keeps the data; made if it is missing, readable by its owner only
 * @param binariesDirectory where the server's program is unpacked, once
 * @param sharedBuffersMb memory of the server's page cache, 16..65536
 * @param maxConnections 10..1000
 */
public record EmbeddedDatabaseConfig(
    Path dataDirectory, Path binariesDirectory, int sharedBuffersMb, int maxConnections) {
  /** A server of ordinary size, all in one directory. */
  public static EmbeddedDatabaseConfig in(Path directory) {
    return new EmbeddedDatabaseConfig(directory, directory.resolve("programs"), 256, 60);
  }

  /** Adds a sentence for everything that cannot work. */
  public void validate(List<String> problems) {
    if (Files.exists(dataDirectory) && !Files.isDirectory(dataDirectory)) {
      problems.add("database.dataDirectory is not a directory: " + dataDirectory);
    }
    if (sharedBuffersMb < 16 || sharedBuffersMb > 65_536) {
      problems.add("database.sharedBuffersMb must be 16 to 65536");
    }
    if (maxConnections < 10 || maxConnections > 1000) {
      problems.add("database.maxConnections must be 10 to 1000");
    }
  }
}
