package io.otakey.loadgen.network;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * The kernel's netem (tc-netem(8)) on packets to and from single ports of this machine: it delays,
 * loses and reorders them, and TCP meets that as it would on a network. Kernels allow no doubling
 * where there are several netems. Only in a {@link NetworkNamespace} of the run's own, so nothing
 * else on the machine is hit. Thread-safe; blocks for as long as a program takes to start.
 */
public final class Netem {
  /** When packets are left to the kernel. */
  public enum Use {
    /** Where it can. */
    AUTO,
    /** Or nothing is done. */
    ALWAYS,
    /** A proxy of ours does what it can instead. */
    NEVER
  }

  /** Of packets that wait: more are lost, and counted. */
  private static final int MOST_WAITING = 200_000;

  private static final ObjectMapper JSON = new ObjectMapper();

  Netem() {}

  /** Of the namespace that this process was started in; empty: in none of its own. */
  public static Optional<Netem> here() {
    return NetworkNamespace.isOwn() ? Optional.of(new Netem()) : Optional.empty();
  }

  /**
   * What becomes of packets that come to a port or from it, until the process ends. Each packet's
   * lot is drawn by the kernel, without a seed.
   *
   * @param port of TCP, on IPv4
   * @param network its delay, jitter and loss; not its rates, which would be of all connections
   *     together
   * @param reorder probability that it comes at once, before others that wait for their delay
   * @throws IOException if the kernel refuses
   */
  public void shape(int port, NetworkClass network, double reorder) throws IOException {
    var unused = Program.run(batch(port, network, reorder), List.of("tc", "-batch", "-"));
  }

  /** The lines for tc: a class of its own, in front of which both directions are sorted out. */
  static String batch(int port, NetworkClass network, double reorder) {
    String of = Integer.toHexString(port);
    return String.format(
        Locale.ROOT,
        """
        class replace dev lo parent 1: classid 1:%1$s htb rate 100gbit quantum 60000
        qdisc replace dev lo parent 1:%1$s netem limit %2$d %3$s
        filter add dev lo parent 1: protocol ip u32 match ip dport %4$d 0xffff flowid 1:%1$s
        filter add dev lo parent 1: protocol ip u32 match ip sport %4$d 0xffff flowid 1:%1$s
        """,
        of,
        MOST_WAITING,
        lot(network, reorder),
        port);
  }

  /**
   * Netem's jitter goes to both sides of its delay, ours is only late; it reorders a delay only.
   */
  private static String lot(NetworkClass network, double reorder) {
    double half = network.jitterMillis() / 2;
    double delay = Math.max(network.delayMillis() + half, reorder > 0 ? 1 : 0);
    StringBuilder lot = new StringBuilder();
    lot.append(String.format(Locale.ROOT, "delay %.3fms %.3fms", delay, half));
    chance(lot, "loss", network.loss());
    chance(lot, "reorder", reorder);
    return lot.toString();
  }

  private static void chance(StringBuilder lot, String of, double probability) {
    if (probability > 0) {
      lot.append(String.format(Locale.ROOT, " %s %.4f%%", of, probability * 100));
    }
  }

  /** How many packets it had so far, and lost, for people. */
  public String told() throws IOException {
    String text = Program.run("", List.of("tc", "-s", "-j", "qdisc", "show", "dev", "lo"));
    long packets = 0;
    long lost = 0;
    for (JsonNode qdisc : JSON.readTree(text)) {
      if (qdisc.path("kind").asText().equals("netem")) {
        packets += qdisc.path("packets").asLong();
        lost += qdisc.path("drops").asLong();
      }
    }
    return String.format(
        Locale.ROOT, "netem of this kernel: %,d packets, and %,d lost", packets, lost);
  }
}
