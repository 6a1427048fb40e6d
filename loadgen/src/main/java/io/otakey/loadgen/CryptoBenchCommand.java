package io.otakey.loadgen;

import io.otakey.protocol.crypto.Secret;
import io.otakey.protocol.crypto.X25519;
import java.io.PrintWriter;
import java.lang.management.ManagementFactory;
import java.util.Arrays;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Measures the part of an enrollment that no software around it can save. */
@Command(
    name = "crypto-bench",
    mixinStandardHelpOptions = true,
    description =
        "Measures the bare cost of the three X25519 operations of an enrollment on one side (one"
            + " key generation, two agreements), in microseconds of thread CPU time.")
final class CryptoBenchCommand implements Callable<Integer> {
  private static final int BATCH = 200;
  private static final double NANOS = 1e9;

  @Spec private CommandSpec spec = CommandSpec.create();

  @Option(names = "--warm-up", description = "Seconds before counting (${DEFAULT-VALUE}).")
  private double warmUp = 1.5;

  @Option(names = "--windows", description = "Windows; the median counts (${DEFAULT-VALUE}).")
  private int windows = 9;

  @Option(names = "--window", description = "Seconds of a window (${DEFAULT-VALUE}).")
  private double window = 0.2;

  @Option(names = "--bouncy-castle", description = "Measure the pure Java provider.")
  private boolean bouncyCastle;

  @Option(names = "--json", description = "One line of JSON.")
  private boolean json;

  @Override
  public Integer call() {
    X25519 x25519 = bouncyCastle ? X25519.bouncyCastle() : X25519.choose().x25519();
    X25519.KeyPair peer = x25519.generate();
    byte[] publicKey = peer.publicKey();
    measure(x25519, peer, publicKey, warmUp);
    double[] micros = new double[Math.max(1, windows)];
    for (int i = 0; i < micros.length; i++) {
      micros[i] = measure(x25519, peer, publicKey, window);
    }
    Arrays.sort(micros);
    double median = micros[micros.length / 2];
    PrintWriter out = spec.commandLine().getOut();
    out.printf(
        Locale.ROOT,
        json
            ? "{\"provider\":\"%s\",\"java\":\"%s\",\"microseconds\":%.2f,\"perSecond\":%.0f}%n"
            : "%s, Java %s: %.2f us of CPU for one key generation and two agreements,"
                + " %,.0f/s on one core%n",
        x25519.provider(),
        Runtime.version().feature(),
        median,
        1e6 / median);
    out.flush();
    return 0;
  }

  /** Microseconds of thread CPU time for each round, over so many seconds of it. */
  private static double measure(
      X25519 x25519, X25519.KeyPair other, byte[] publicKey, double seconds) {
    var threads = ManagementFactory.getThreadMXBean();
    long begin = threads.getCurrentThreadCpuTime();
    long rounds = 0;
    int sink = 0;
    long spent = 0;
    while (spent < seconds * NANOS) {
      for (int i = 0; i < BATCH; i++) {
        X25519.KeyPair pair = x25519.generate();
        try (Secret first = pair.agree(publicKey).orElseThrow();
            Secret second = other.agree(pair.publicKey()).orElseThrow()) {
          sink += first.expose()[0] - second.expose()[0];
        }
        pair.wipe();
      }
      rounds += BATCH;
      spent = threads.getCurrentThreadCpuTime() - begin;
    }
    if (sink != 0) {
      throw new IllegalStateException("both sides of an agreement must agree");
    }
    return spent / 1000.0 / rounds;
  }
}
