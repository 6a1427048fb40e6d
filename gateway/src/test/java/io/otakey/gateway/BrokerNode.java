package io.otakey.gateway;

import java.io.IOException;
import java.net.BindException;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/** An MQTT broker from the system's package, private to one test, with all processes it starts. */
public abstract class BrokerNode implements AutoCloseable {
  private static final Duration PATIENCE = Duration.ofMinutes(2);
  private static final Duration STOP = Duration.ofSeconds(20);
  private static final int FIRST_PORT = 10_000;
  private static final int PORTS = 10_000;

  /** One after the other: none is given twice before all the others were. */
  private static final AtomicInteger NEXT_PORT =
      new AtomicInteger(ThreadLocalRandom.current().nextInt(PORTS));

  private final ProcessBuilder builder;
  private final Path output;
  private final int mqttPort;
  private Process process;

  /** Launches it; {@link #await} says when it is there. */
  BrokerNode(ProcessBuilder builder, Path output, int mqttPort) throws IOException {
    this.builder =
        builder
            .redirectErrorStream(true)
            .redirectOutput(ProcessBuilder.Redirect.appendTo(output.toFile()));
    this.output = output;
    this.mqttPort = mqttPort;
    this.process = builder.start();
  }

  /** Where devices connect. */
  public final int mqttPort() {
    return mqttPort;
  }

  /** Stops it, and waits until it is gone. */
  public final void stop() throws InterruptedException {
    List<ProcessHandle> all = processes();
    all.forEach(ProcessHandle::destroy);
    if (!process.waitFor(STOP.toSeconds(), TimeUnit.SECONDS)) {
      all.forEach(ProcessHandle::destroyForcibly);
      process.waitFor();
    }
  }

  /** SIGKILL. */
  public final void kill() throws InterruptedException {
    List<ProcessHandle> all = processes();
    all.forEach(ProcessHandle::destroyForcibly);
    process.waitFor();
    while (all.stream().anyMatch(BrokerNode::runs)) {
      pause();
    }
  }

  /** Starts it again, where it was, with what it knew. */
  public final void start() throws IOException {
    process = builder.start();
    await();
  }

  /** SIGSTOP: it takes connections, and does nothing about them. */
  public final void freeze() throws IOException, InterruptedException {
    signal("-STOP");
  }

  /** SIGCONT. */
  public final void thaw() throws IOException, InterruptedException {
    signal("-CONT");
  }

  /** Ends it in whatever state it is. */
  @Override
  public void close() {
    try {
      thaw();
      stop();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  /** Until it takes connections. */
  final void await() throws IOException {
    long deadline = System.nanoTime() + PATIENCE.toNanos();
    while (!listens()) {
      if (!process.isAlive() || System.nanoTime() - deadline > 0) {
        throw new AssertionError("the broker does not start:\n" + Files.readString(output));
      }
      pause();
    }
  }

  static void pause() {
    try {
      TimeUnit.MILLISECONDS.sleep(50);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new AssertionError(e);
    }
  }

  /**
   * Below the range from which the system gives ports to whoever asks for any: while a broker is
   * down, one of the connections that ask for it would come from that very port, and meet itself.
   */
  public static List<Integer> freePorts(int count) throws IOException {
    List<Integer> ports = new ArrayList<>();
    while (ports.size() < count) {
      int port = FIRST_PORT + Math.floorMod(NEXT_PORT.getAndIncrement(), PORTS);
      try (ServerSocket socket = new ServerSocket(port)) {
        ports.add(socket.getLocalPort());
      } catch (BindException e) {
        // taken: another
      }
    }
    return ports;
  }

  private boolean listens() {
    try (Socket socket = new Socket()) {
      socket.connect(new InetSocketAddress("127.0.0.1", mqttPort), 1000);
      return true;
    } catch (IOException e) {
      return false;
    }
  }

  private void signal(String signal) throws IOException, InterruptedException {
    List<String> command = new ArrayList<>(List.of("kill", signal));
    processes().forEach(one -> command.add(Long.toString(one.pid())));
    new ProcessBuilder(command).redirectErrorStream(true).start().waitFor();
  }

  private List<ProcessHandle> processes() {
    List<ProcessHandle> all = new ArrayList<>(process.descendants().toList());
    all.add(process.toHandle());
    return all;
  }

  /** Where nobody buries orphans, a dead one keeps its number. */
  private static boolean runs(ProcessHandle one) {
    try {
      String state = Files.readString(Path.of("/proc", Long.toString(one.pid()), "stat"));
      return state.charAt(state.lastIndexOf(')') + 2) != 'Z';
    } catch (IOException e) {
      return false;
    }
  }
}
