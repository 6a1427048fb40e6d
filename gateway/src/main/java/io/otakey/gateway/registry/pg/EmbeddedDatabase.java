package io.otakey.gateway.registry.pg;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.SecureRandom;
import java.util.Base64;
import java.util.Optional;
import java.util.Timer;
import java.util.TimerTask;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A real PostgreSQL of the gateway's own, durable as any: the default when no database is
 * configured. A server that a killed gateway left behind is stopped first; one that dies is started
 * again. Blocks: not for event loops.
 */
public final class EmbeddedDatabase implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(EmbeddedDatabase.class);
  private static final int PASSWORD_BYTES = 24;
  private static final long WATCH_MS = 1000;

  private final EmbeddedDatabaseConfig config;
  private final FileChannel lockFile;
  private final PostgresServer server;
  private final String password;
  private final int port;
  private final Timer watch = new Timer("otakey-postgres-watch", true);
  private boolean wanted;

  private EmbeddedDatabase(
      EmbeddedDatabaseConfig config, FileChannel lockFile, PostgresServer server, String password)
      throws IOException {
    this.config = config;
    this.lockFile = lockFile;
    this.server = server;
    this.password = password;
    this.port = freePort();
  }

  /**
   * Starts the server, making directory, cluster and password if they are missing.
   *
   * @throws DatabaseStartException with fault and remedy
   */
  public static EmbeddedDatabase start(EmbeddedDatabaseConfig config) {
    Path directory = config.dataDirectory().toAbsolutePath();
    try {
      Files.createDirectories(directory);
      Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("rwx------"));
      FileChannel lockFile = lock(directory);
      try {
        Path program = PostgresBinaries.unpack(config.binariesDirectory().toAbsolutePath());
        Path cluster = directory.resolve("cluster");
        Path passwordFile = directory.resolve("password");
        String password = password(passwordFile, cluster);
        PostgresServer server = new PostgresServer(program, cluster);
        server.create(passwordFile);
        server.stop();
        server.forgetDeadServer();
        EmbeddedDatabase database = new EmbeddedDatabase(config, lockFile, server, password);
        database.start();
        database.watch();
        return database;
      } catch (IOException | RuntimeException e) {
        lockFile.close();
        throw e;
      }
    } catch (IOException e) {
      throw new DatabaseStartException(
          "cannot keep a database in "
              + directory
              + ": "
              + e.getMessage()
              + " (check owner, "
              + "permissions and free space, or configure another database.dataDirectory)",
          e);
    }
  }

  /** How to reach the server. */
  public PgEndpoint endpoint() {
    return PgEndpoint.local(port, PostgresServer.DATABASE, PostgresServer.USER, password);
  }

  /** Starts a stopped server again, on the same port. */
  public synchronized void start() {
    try {
      server.start(port, config);
      wanted = true;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Stops the server until {@link #start()}; everything acknowledged is on disk. */
  public synchronized void stop() {
    try {
      wanted = false;
      server.stop();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Stops the server for good and frees the directory. */
  @Override
  public void close() {
    watch.cancel();
    stop();
    try {
      lockFile.close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private void watch() {
    watch.schedule(
        new TimerTask() {
          @Override
          public void run() {
            revive();
          }
        },
        WATCH_MS,
        WATCH_MS);
  }

  /** A full disk, for one, ends the server; it comes back when there is room. */
  private synchronized void revive() {
    try {
      if (wanted && server.postmaster().isEmpty()) {
        log.warn("the embedded PostgreSQL is gone; starting it again");
        server.forgetDeadServer();
        server.start(port, config);
        log.info("the embedded PostgreSQL runs again");
      }
    } catch (IOException | RuntimeException e) {
      log.warn("the embedded PostgreSQL does not start again yet: {}", e.getMessage());
    }
  }

  private static FileChannel lock(Path directory) throws IOException {
    FileChannel channel =
        FileChannel.open(
            directory.resolve("lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
    @Nullable FileLock lock = null;
    try {
      lock = channel.tryLock();
    } catch (OverlappingFileLockException sameProcess) {
      log.debug("locked by this very process", sameProcess);
    }
    if (lock == null) {
      channel.close();
      throw new DatabaseStartException(
          "another gateway uses the database in "
              + directory
              + ": stop it, or configure another database.dataDirectory");
    }
    return channel;
  }

  private static String password(Path file, Path cluster) throws IOException {
    if (Files.exists(file) || Files.exists(cluster)) {
      return keptPassword(file);
    }
    byte[] random = new byte[PASSWORD_BYTES];
    new SecureRandom().nextBytes(random);
    String password = Base64.getUrlEncoder().withoutPadding().encodeToString(random);
    Files.createFile(
        file, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
    Files.writeString(file, password + "\n");
    return password;
  }

  /** Of data that are there. */
  static String keptPassword(Path file) throws IOException {
    if (Files.notExists(file)) {
      throw new DatabaseStartException(
          "the password of the database is missing: put back " + file + " from the backup");
    }
    return Files.readString(file).strip();
  }

  private static int freePort() throws IOException {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    }
  }

  /** Stops the server without ceremony and deletes the data, for tests. */
  synchronized void discard() throws IOException {
    watch.cancel();
    wanted = false;
    server.abort();
    lockFile.close();
    PostgresBinaries.deleteTree(config.dataDirectory());
  }

  /** The server's first process, for tests that kill it. */
  Optional<ProcessHandle> process() throws IOException {
    return server.postmaster();
  }
}
