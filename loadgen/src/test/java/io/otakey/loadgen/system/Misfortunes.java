package io.otakey.loadgen.system;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;

/** What happens to nodes, one after the other, from a seed. */
final class Misfortunes {
  private static final int MOST_MILLIS = Fleet.FULL ? 12_000 : 6000;
  private static final int PAUSE_MILLIS = 1000;

  private final Nodes nodes;
  private final Random random;
  private final List<String> happened = new ArrayList<>();

  private enum Kind {
    /** SIGKILL, and a new start. */
    KILLED,
    /** SIGSTOP; longer than others wait for a sign of life, now and then. */
    FROZEN,
    /** From the other nodes; it serves on. */
    CUT_FROM_NODES,
    /** From the database; it lives on and can do nothing. */
    CUT_FROM_DATABASE
  }

  Misfortunes(Nodes nodes, long seed) {
    this.nodes = nodes;
    this.random = new Random(seed);
  }

  /** So many, and then all is well again. Each kind comes before any comes twice. */
  void befall(int count) throws IOException, InterruptedException {
    List<Kind> kinds = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      if (kinds.isEmpty()) {
        kinds.addAll(List.of(Kind.values()));
      }
      befall(kinds.remove(random.nextInt(kinds.size())), random.nextInt(nodes.all().size()));
      TimeUnit.MILLISECONDS.sleep(random.nextInt(PAUSE_MILLIS));
    }
  }

  private void befall(Kind kind, int index) throws IOException, InterruptedException {
    int millis = random.nextInt(MOST_MILLIS);
    happened.add("node " + index + " " + kind + " " + millis + " ms");
    GatewayProcess node = nodes.node(index);
    switch (kind) {
      case KILLED -> {
        node.kill();
        TimeUnit.MILLISECONDS.sleep(millis / 4);
        node.start();
      }
      case FROZEN -> {
        ProcessHandle process = ProcessHandle.of(node.pid()).orElseThrow();
        GatewayProcess.signal("STOP", process);
        TimeUnit.MILLISECONDS.sleep(millis);
        GatewayProcess.signal("CONT", process);
      }
      case CUT_FROM_NODES -> cut(nodes.relay(index), millis);
      case CUT_FROM_DATABASE -> cut(nodes.toDatabase(index), millis);
    }
  }

  private static void cut(Relay relay, int millis) throws InterruptedException {
    relay.cut();
    TimeUnit.MILLISECONDS.sleep(millis);
    relay.mend();
  }

  @Override
  public String toString() {
    return String.join(", ", happened);
  }
}
