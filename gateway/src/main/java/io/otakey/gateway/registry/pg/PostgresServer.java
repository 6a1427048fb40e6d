package io.otakey.gateway.registry.pg;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.TimeUnit;

/**
 * One PostgreSQL cluster on disk and the processes that serve it. PostgreSQL refuses to run as
 * root, so root runs it in a user namespace of its own. Blocks.
 */
final class PostgresServer {
  static final String USER = "otakey";
  static final String DATABASE = "otakey";

  private static final int WAIT_SECONDS = 120;
  private static final String SETTINGS = "otakey.conf";

  /** Of the pid file, counted from 0. */
  private static final int PORT_LINE = 3;

  private final Path program;
  private final Path cluster;
  private final List<String> asUser;

  PostgresServer(Path program, Path cluster) throws IOException {
    this.program = program;
    this.cluster = cluster;
    this.asUser = isRoot() ? List.of("unshare", "--user") : List.of();
    if (isRoot() && !run(List.of("unshare", "--user", "true"), "").succeeded()) {
      throw new DatabaseStartException(
          "PostgreSQL does not run as root and this system allows no user namespaces:"
              + " start the gateway as another user, or configure database.url");
    }
  }

  private static boolean isRoot() {
    return "root".equals(System.getProperty("user.name"));
  }

  /** Creates the cluster unless it exists; a creation cut short is begun anew. */
  void create(Path passwordFile) throws IOException {
    Path versionFile = cluster.resolve("PG_VERSION");
    if (Files.exists(versionFile)) {
      checkVersion(Files.readString(versionFile).strip());
      return;
    }
    Path fresh = cluster.resolveSibling(cluster.getFileName() + ".new");
    PostgresBinaries.deleteTree(fresh);
    must(
        "initdb",
        postgres(
            "initdb",
            "--pgdata=" + fresh,
            "--username=" + USER,
            "--auth=scram-sha-256",
            "--pwfile=" + passwordFile,
            "--encoding=UTF8",
            "--no-locale",
            "--data-checksums"),
        "");
    must(
        "create database",
        postgres("postgres", "--single", "-D", fresh.toString(), "postgres"),
        "create database " + DATABASE + "\n");
    Files.writeString(
        fresh.resolve("postgresql.conf"),
        "include '" + SETTINGS + "'\n",
        StandardOpenOption.APPEND);
    Files.move(fresh, cluster, StandardCopyOption.ATOMIC_MOVE);
  }

  private void checkVersion(String found) throws IOException {
    Result version = run(postgres("postgres", "--version"), "");
    String known = version.output.replaceAll("(?s).*?(\\d+)\\..*", "$1").strip();
    if (!found.equals(known)) {
      throw new DatabaseStartException(
          String.format(
              Locale.ROOT,
              "the data in %s belong to PostgreSQL %s, this gateway brings PostgreSQL %s:"
                  + " use a gateway of that time to export them, or pg_upgrade",
              cluster,
              found,
              known));
    }
  }

  /** Starts the server on a loopback port and waits until it serves. */
  void start(int port, EmbeddedDatabaseConfig config) throws IOException {
    writeSettings(settings(port, config));
    Result result = run(control("start", "--log=" + cluster.resolve("start.log")), "");
    if (!result.succeeded()) {
      throw new DatabaseStartException(
          "PostgreSQL does not start: " + result.output.strip() + "\n" + lastLog());
    }
  }

  /** What stands there already is left alone: a full disk would take it and give nothing back. */
  private void writeSettings(List<String> settings) throws IOException {
    Path file = cluster.resolve(SETTINGS);
    if (Files.notExists(file) || !Files.readAllLines(file).equals(settings)) {
      Files.write(file, settings);
    }
  }

  /** Stops the server, as quickly as is safe; nothing happens if it does not run. */
  void stop() throws IOException {
    stop("fast");
  }

  /** Stops the server at once; what it must do about that it does at the next start. */
  void abort() throws IOException {
    stop("immediate");
  }

  private void stop(String mode) throws IOException {
    Optional<ProcessHandle> running = postmaster();
    if (running.isPresent()) {
      must("stop", control("stop", "--mode=" + mode), "");
    }
  }

  /**
   * The server's first process, if it lives. A number left in the pid file proves nothing: the
   * process must also work in this cluster's directory.
   */
  Optional<ProcessHandle> postmaster() throws IOException {
    return pidFileEntry().flatMap(ProcessHandle::of).filter(this::servesThisCluster);
  }

  /**
   * Removes the pid file of a server that is gone. Its number may belong to somebody else by now,
   * or to a process that nobody buried, as in a container without init; either would keep
   * PostgreSQL from starting. While any process of the server lives, the file stays.
   */
  void forgetDeadServer() throws IOException {
    if (ProcessHandle.allProcesses().noneMatch(this::servesThisCluster)) {
      Files.deleteIfExists(pidFile());
    }
  }

  /** Empty, too, for a file without a number, as a full disk or a sudden end leaves it. */
  private Optional<Long> pidFileEntry() throws IOException {
    try {
      return Files.readAllLines(pidFile()).stream()
          .findFirst()
          .map(String::strip)
          .filter(number -> number.matches("\\d{1,18}"))
          .map(Long::valueOf);
    } catch (NoSuchFileException e) {
      return Optional.empty();
    }
  }

  private boolean servesThisCluster(ProcessHandle process) {
    try {
      Path directory = Path.of("/proc", Long.toString(process.pid()), "cwd");
      return process.isAlive() && Files.isSameFile(directory, cluster);
    } catch (IOException e) {
      return false;
    }
  }

  /** Where the server listens, as it says itself; empty if it does not run. */
  OptionalInt port() throws IOException {
    if (postmaster().isEmpty()) {
      return OptionalInt.empty();
    }
    List<String> lines = Files.readAllLines(pidFile());
    return lines.size() > PORT_LINE && lines.get(PORT_LINE).strip().matches("\\d{1,5}")
        ? OptionalInt.of(Integer.parseInt(lines.get(PORT_LINE).strip()))
        : OptionalInt.empty();
  }

  private Path pidFile() {
    return cluster.resolve("postmaster.pid");
  }

  private static List<String> settings(int port, EmbeddedDatabaseConfig config) {
    return List.of(
        "# Written by the gateway at every start.",
        "port = " + port,
        "listen_addresses = '127.0.0.1'",
        "unix_socket_directories = ''",
        "max_connections = " + config.maxConnections(),
        "shared_buffers = " + config.sharedBuffersMb() + "MB",
        "fsync = on",
        "synchronous_commit = on",
        "full_page_writes = on",
        "max_wal_size = 1GB",
        "checkpoint_timeout = 15min",
        "jit = off",
        "logging_collector = on",
        "log_directory = 'log'",
        "log_filename = 'postgresql-%a.log'",
        "log_rotation_age = 1d",
        "log_rotation_size = 0",
        "log_truncate_on_rotation = on");
  }

  private String lastLog() throws IOException {
    StringBuilder text = new StringBuilder();
    List<Path> logs = new ArrayList<>(List.of(cluster.resolve("start.log")));
    if (Files.isDirectory(cluster.resolve("log"))) {
      try (var files = Files.list(cluster.resolve("log"))) {
        files.sorted().forEach(logs::add);
      }
    }
    for (Path log : logs) {
      List<String> lines = Files.exists(log) ? Files.readAllLines(log) : List.of();
      lines.stream().skip(Math.max(0, lines.size() - 5)).forEach(l -> text.append(l).append('\n'));
    }
    return text.toString();
  }

  private List<String> control(String... arguments) {
    List<String> command = new ArrayList<>(postgres("pg_ctl"));
    command.addAll(List.of(arguments));
    command.addAll(List.of("--pgdata=" + cluster, "--timeout=" + WAIT_SECONDS, "--wait"));
    return command;
  }

  private List<String> postgres(String name, String... arguments) {
    List<String> command = new ArrayList<>(asUser);
    command.add(program.resolve("bin").resolve(name).toString());
    command.addAll(List.of(arguments));
    return command;
  }

  private record Result(int status, String output) {
    boolean succeeded() {
      return status == 0;
    }
  }

  private static void must(String what, List<String> command, String input) throws IOException {
    Result result = run(command, input);
    if (!result.succeeded()) {
      throw new DatabaseStartException("PostgreSQL: " + what + " failed: " + result.output.strip());
    }
  }

  private static Result run(List<String> command, String input) throws IOException {
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    try (var stdin = process.getOutputStream()) {
      stdin.write(input.getBytes(StandardCharsets.UTF_8));
    }
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    try {
      if (!process.waitFor(WAIT_SECONDS, TimeUnit.SECONDS)) {
        process.destroyForcibly();
        return new Result(-1, output + "\nno end after " + WAIT_SECONDS + " s");
      }
      return new Result(process.exitValue(), output);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted", e);
    }
  }
}
