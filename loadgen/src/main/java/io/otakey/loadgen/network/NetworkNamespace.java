package io.otakey.loadgen.network;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * A network of a process's own and of those that it starts: nothing but a loopback, on which {@link
 * Netem} plays. Nobody outside reaches it, nor it anybody.
 */
public final class NetworkNamespace {
  /** Says which namespace the one who started this process was in, so that it is not that one. */
  private static final String PROPERTY = "otakey.network.outside";

  private static final Path MINE = Path.of("/proc/self/ns/net");

  /** Packets as small as on the networks that are played, each lost by itself. */
  private static final String MAKE =
      """
      set -e
      ip link set lo mtu 1280 gso_max_segs 1 up
      tc qdisc add dev lo root handle 1: htb default 1
      tc class add dev lo parent 1: classid 1:1 htb rate 100gbit quantum 60000
      """;

  private static final String TRY =
      MAKE
          + """
          tc qdisc add dev lo parent 1:1 netem delay 1ms
          tc filter add dev lo parent 1: protocol ip u32 match ip dport 1 0xffff flowid 1:1
          """;

  private NetworkNamespace() {}

  /** Whether this process is in one that was made for it. */
  static boolean isOwn() {
    String outside = System.getProperty(PROPERTY, "");
    return !outside.isEmpty() && !outside.equals(mine().orElse(outside));
  }

  /** What this process's own processes are to be told, to be where it is. */
  public static List<String> options() {
    String outside = System.getProperty(PROPERTY, "");
    return outside.isEmpty() ? List.of() : List.of("-D" + PROPERTY + "=" + outside);
  }

  /** Why there can be none here with the kernel's netem; empty: there can. */
  public static Optional<String> obstacle() {
    try {
      List<String> command = new ArrayList<>(entrance());
      command.addAll(List.of("sh", "-c", TRY));
      var unused = Program.run("", command);
      return mine().isPresent() ? Optional.empty() : Optional.of("there is no " + MINE);
    } catch (IOException e) {
      return Optional.of(String.valueOf(e.getMessage()));
    }
  }

  /**
   * Runs a program of ours in a namespace of its own, with this process's options, terminal and
   * class path, to its end.
   *
   * @return its exit code
   */
  public static int run(String mainClass, List<String> arguments)
      throws IOException, InterruptedException {
    List<String> command = new ArrayList<>(entrance());
    command.addAll(List.of("sh", "-c", MAKE + "exec \"$@\"", "sh"));
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(ManagementFactory.getRuntimeMXBean().getInputArguments());
    command.add("-D" + PROPERTY + "=" + mine().orElseThrow());
    command.addAll(List.of("-cp", System.getProperty("java.class.path"), mainClass));
    command.addAll(arguments);
    Process process = new ProcessBuilder(command).inheritIO().start();
    Thread ending = new Thread(() -> end(process), "end of the namespace");
    Runtime.getRuntime().addShutdownHook(ending);
    return process.waitFor();
  }

  /** It ends what it started; whoever ends this one waits for that. */
  private static void end(Process process) {
    process.destroy();
    process.onExit().join();
  }

  /** Root needs no other user namespace; whoever else has the rights only in one. */
  private static List<String> entrance() {
    return "root".equals(System.getProperty("user.name"))
        ? List.of("unshare", "--net")
        : List.of("unshare", "--user", "--map-current-user", "--keep-caps", "--net");
  }

  private static Optional<String> mine() {
    try {
      return Optional.of(Files.readSymbolicLink(MINE).toString());
    } catch (IOException e) {
      return Optional.empty();
    }
  }
}
