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
  private boolean cutSeen;

  private enum Kind {
    /** SIGKILL, and a new start. */
    KILLED,
    /** SIGSTOP; longer than others wait for a sign of life, now and then. */
    FROZEN,
    /** From all other nodes, both ways; it serves on. */
    CUT_FROM_NODES,
    /** From the database; it lives on and can do nothing. */
    CUT_FROM_DATABASE
  }

  Misfortunes(Nodes nodes, long seed) {
    this.nodes = nodes;
    this.random = new Random(seed);
  }

  /**
   * So many, and then all is well again. A cut comes first, while all nodes see each other; each
   * kind comes before any comes twice.
   */
  void befall(int count) throws IOException, InterruptedException {
    List<Kind> kinds = new ArrayList<>(List.of(Kind.values()));
    kinds.remove(Kind.CUT_FROM_NODES);
    befall(Kind.CUT_FROM_NODES, random.nextInt(nodes.all().size()));
    for (int i = 1; i < count; i++) {
      if (kinds.isEmpty()) {
        kinds.addAll(List.of(Kind.values()));
      }
      befall(kinds.remove(random.nextInt(kinds.size())), random.nextInt(nodes.all().size()));
      TimeUnit.MILLISECONDS.sleep(random.nextInt(PAUSE_MILLIS));
    }
  }

  private void befall(Kind kind, int index) throws IOException, InterruptedException {
    int millis = random.nextInt(MOST_MILLIS);
    String lasts = kind == Kind.CUT_FROM_NODES && !cutSeen ? "until it showed" : millis + " ms";
    happened.add("node " + index + " " + kind + " " + lasts);
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
      case CUT_FROM_NODES -> cutFromNodes(index, millis);
      case CUT_FROM_DATABASE -> {
        nodes.toDatabase(index).cut();
        TimeUnit.MILLISECONDS.sleep(millis);
        nodes.toDatabase(index).mend();
      }
    }
  }

  /** The first lasts until it shows: nobody sees the node any more, nor it anybody. */
  private void cutFromNodes(int index, int millis) throws InterruptedException {
    nodes.cut(index);
    if (cutSeen) {
      TimeUnit.MILLISECONDS.sleep(millis);
    } else {
      nodes.awaitSight(index, 1);
      for (int i = 0; i < nodes.all().size(); i++) {
        nodes.awaitSight(i, i == index ? 1 : nodes.all().size() - 1);
      }
      cutSeen = true;
    }
    nodes.mend();
  }

  @Override
  public String toString() {
    return String.join(", ", happened);
  }
}
