package io.otakey.loadgen.experiment;

import io.otakey.loadgen.network.NetworkNamespace;
import io.otakey.loadgen.node.NodeException;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;

/**
 * The processes that share a run's virtual devices; this one leads them. They come to a port of
 * this machine's own, with a token from a file that nobody else may read: from another machine
 * through a tunnel.
 */
final class Shards implements AutoCloseable {
  private static final int LOOK_MILLIS = 200;
  private static final long START_NANOS = 60_000_000_000L;
  private static final long JOIN_NANOS = 600_000_000_000L;
  private static final int GREETING_MILLIS = 5_000;

  private final String text;
  private final String scale;
  private final Path tokenFile;
  private final String token;
  private final List<Process> processes = new ArrayList<>();
  private final List<ShardLine> lines = new ArrayList<>();

  private Shards(String text, String scale) throws IOException {
    this.text = text;
    this.scale = scale;
    byte[] random = new byte[16];
    new SecureRandom().nextBytes(random);
    this.token = HexFormat.of().formatHex(random);
    this.tokenFile =
        Files.createTempFile(
            "otakey-join",
            "",
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
    Files.writeString(tokenFile, token);
  }

  /**
   * Starts processes, waits for those that join, and has a line to each.
   *
   * @param text the experiment's file
   * @param scale its key
   */
  static Shards open(Experiment.Generator generator, String text, String scale, View view)
      throws NodeException {
    try {
      Shards shards = new Shards(text, scale);
      try (ServerSocket door = new ServerSocket(0, 64, InetAddress.getByName("127.0.0.1"))) {
        door.setSoTimeout(LOOK_MILLIS);
        for (int i = generator.joining(); i < generator.processes(); i++) {
          shards.start(door.getLocalPort());
        }
        if (generator.joining() > 0) {
          view.says(
              "waiting for "
                  + generator.joining()
                  + " more: ./otakey loadgen join 127.0.0.1:"
                  + door.getLocalPort()
                  + " --token-file "
                  + shards.tokenFile);
        }
        shards.await(door, generator);
        return shards;
      } catch (IOException | NodeException | RuntimeException e) {
        shards.close();
        throw e;
      }
    } catch (IOException e) {
      throw new NodeException("generator processes cannot be led: " + e.getMessage(), e);
    }
  }

  private void start(int port) throws IOException {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    ManagementFactory.getRuntimeMXBean().getInputArguments().stream()
        .filter(option -> option.startsWith("-X") || option.startsWith("--"))
        .forEach(command::add);
    command.addAll(NetworkNamespace.options());
    command.addAll(List.of("-cp", System.getProperty("java.class.path")));
    command.addAll(List.of("io.otakey.loadgen.Main", "join", "127.0.0.1:" + port));
    command.addAll(List.of("--token-file", tokenFile.toString()));
    processes.add(
        new ProcessBuilder(command)
            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start());
  }

  private void await(ServerSocket door, Experiment.Generator generator)
      throws IOException, NodeException {
    long patience = generator.joining() > 0 ? JOIN_NANOS : START_NANOS;
    long deadline = System.nanoTime() + patience;
    while (lines.size() < generator.processes()) {
      boolean ended = processes.stream().anyMatch(process -> !process.isAlive());
      if (ended || System.nanoTime() - deadline > 0) {
        throw new NodeException(
            ended
                ? "a generator process ended before it joined"
                : "only " + lines.size() + " generator processes joined in time");
      }
      try {
        greet(door.accept());
      } catch (SocketTimeoutException e) {
        // nobody yet
      }
    }
  }

  private void greet(Socket socket) throws IOException {
    socket.setSoTimeout(GREETING_MILLIS);
    ShardLine line = new ShardLine(socket);
    try {
      boolean known = line.in().readUTF().equals(ShardLine.GREETING);
      byte[] shown = line.in().readUTF().getBytes(StandardCharsets.UTF_8);
      if (known && MessageDigest.isEqual(shown, token.getBytes(StandardCharsets.UTF_8))) {
        line.losePatience();
        line.out().writeByte(0);
        line.out().flush();
        lines.add(line);
        return;
      }
      line.out().writeByte(1);
      line.out().writeUTF("the token is not this run's");
      line.out().flush();
    } catch (IOException e) {
      // a stranger
    }
    line.close();
  }

  /** How many there are. */
  int count() {
    return lines.size();
  }

  /** What the ids of devices of one of them begin with. */
  static String ids(String all, int shard) {
    return all + "s" + shard + "-";
  }

  /**
   * All virtual devices, each process with its share; made when this returns.
   *
   * @param value of what is varied; NaN: nothing is
   */
  Crowd crowd(Experiment one, double value, Stage stage, String ids) throws NodeException {
    List<RemoteCrowd> crowds = new ArrayList<>();
    for (int i = 0; i < lines.size(); i++) {
      ShardLine.Order order =
          new ShardLine.Order(text, scale, value, i, lines.size(), ids(ids, i), stage);
      crowds.add(new RemoteCrowd(lines.get(i), one, order));
    }
    for (RemoteCrowd crowd : crowds) {
      crowd.ready();
    }
    return new JointCrowd(List.copyOf(crowds));
  }

  @Override
  public void close() {
    for (ShardLine line : lines) {
      try {
        line.close();
      } catch (IOException e) {
        // it is gone already
      }
    }
    processes.forEach(Process::destroy);
    try {
      Files.deleteIfExists(tokenFile);
    } catch (IOException e) {
      // in the folder for temporary files; it opens nothing any more
    }
  }
}
