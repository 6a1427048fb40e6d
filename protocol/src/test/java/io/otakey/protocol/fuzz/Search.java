package io.otakey.protocol.fuzz;

import com.sun.management.ThreadMXBean;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;

/**
 * The bounded search of the tests: the corpus and the seeds as they are, then so many mutations of
 * them, always the same ones; with {@code otakey.full} forty times as many from a seed of their
 * own. Beside what the target checks, an input may take only so much memory and time for its size.
 */
public final class Search {
  private static final boolean FULL = Boolean.getBoolean("otakey.full");
  private static final int FULL_TIMES = 40;

  /**
   * For an input of no size, and more for each byte of it: parsers of trees of objects are lavish.
   */
  private static final long MAX_BYTES = 4 << 20;

  private static final long MAX_BYTES_EACH = 8 << 10;

  /** Of CPU, for at most 4 KB; far from what any takes, for machines where others work too. */
  private static final long MAX_NANOS = 2_000_000_000L;

  private static final Path CORPUS = Path.of("src", "test", "corpus");
  private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();

  private Search() {}

  /** A test for each target. */
  public static Stream<DynamicTest> tests(FuzzTarget.Suite... suites) {
    return Stream.of(suites)
        .flatMap(suite -> suite.targets().stream())
        .map(target -> DynamicTest.dynamicTest(target.name(), () -> run(target)));
  }

  private static void run(FuzzTarget target) {
    List<byte[]> seeds = new ArrayList<>(target.seeds());
    seeds.addAll(corpus(target.name()));
    seeds.forEach(seed -> feed(target, seed));
    long seed = FULL ? System.nanoTime() : target.name().hashCode();
    Mutations mutations = new Mutations(seeds, seed);
    int executions = target.executions() * (FULL ? FULL_TIMES : 1);
    for (int i = 0; i < executions; i++) {
      feed(target, mutations.next());
    }
  }

  private static void feed(FuzzTarget target, byte[] input) {
    try {
      if (spent(target, input).isTooMuchFor(input)) {
        again(target, input);
      }
    } catch (Exception | AssertionError | StackOverflowError | OutOfMemoryError e) {
      throw new AssertionError(target.name() + " fails on " + shown(input), e);
    }
  }

  /** Classes are loaded by now, and code is compiled. */
  private static void again(FuzzTarget target, byte[] input) throws Exception {
    Spent spent = spent(target, input);
    if (spent.isTooMuchFor(input)) {
      throw new AssertionError(
          "an input of %d bytes took %d bytes and %.3f s"
              .formatted(input.length, spent.bytes(), spent.nanos() / 1e9));
    }
  }

  /** What one input took. */
  private record Spent(long bytes, long nanos) {
    boolean isTooMuchFor(byte[] input) {
      return bytes > MAX_BYTES + MAX_BYTES_EACH * input.length || nanos > MAX_NANOS;
    }
  }

  private static Spent spent(FuzzTarget target, byte[] input) throws Exception {
    long bytes = THREADS.getCurrentThreadAllocatedBytes();
    long nanos = THREADS.getCurrentThreadCpuTime();
    target.check().accept(input.clone());
    return new Spent(
        THREADS.getCurrentThreadAllocatedBytes() - bytes,
        THREADS.getCurrentThreadCpuTime() - nanos);
  }

  private static String shown(byte[] input) {
    String text = new String(input, java.nio.charset.StandardCharsets.ISO_8859_1);
    return HexFormat.of().formatHex(input) + " = " + text.replaceAll("[^ -~]", ".");
  }

  /** Inputs that found something once, and such as reach far. */
  private static List<byte[]> corpus(String name) {
    Path folder = CORPUS.resolve(name);
    if (!Files.isDirectory(folder)) {
      return List.of();
    }
    try (Stream<Path> files = Files.list(folder)) {
      List<byte[]> inputs = new ArrayList<>();
      for (Path file : files.sorted().toList()) {
        inputs.add(Files.readAllBytes(file));
      }
      return inputs;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
