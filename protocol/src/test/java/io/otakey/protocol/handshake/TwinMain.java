package io.otakey.protocol.handshake;

import io.otakey.protocol.crypto.X25519;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.stream.Stream;

/**
 * Frames and handshakes in Java beside the device's in C: the same bytes to both, the same verdict
 * and the same bytes from both.
 *
 * <pre>
 * TwinMain PROGRAM CASES [SEED]   random cases, from a seed of its own or the one given
 * TwinMain PROGRAM faults         each fault seeded in Java must be found, and the one of every
 *                                 program beside PROGRAM whose name begins with it
 * </pre>
 */
public final class TwinMain {
  private static final int CASES_UNTIL_FOUND = 100_000;

  private final X25519 curve = X25519.choose().x25519();
  private int passed;
  private int failed;

  private TwinMain() {}

  /** See above. Ends with 1 if anything failed. */
  public static void main(String[] args) throws Exception {
    TwinMain main = new TwinMain();
    Path program = Path.of(args[0]);
    if (args[1].equals("faults")) {
      main.faults(program);
    } else {
      long seed = args.length > 2 ? Long.parseLong(args[2]) : new Random().nextLong();
      int cases = Integer.parseInt(args[1]);
      long begun = System.nanoTime();
      Optional<String> found = main.run(program, TwinVerdicts.Fault.NOTHING, cases, seed);
      double seconds = (System.nanoTime() - begun) / 1e9;
      main.count("%d cases from seed %d, %.1f s".formatted(cases, seed, seconds), found);
    }
    System.out.printf("twin: %d passed, %d failed%n", main.passed, main.failed);
    System.exit(main.failed == 0 ? 0 : 1);
  }

  private void count(String what, Optional<String> fault) {
    if (fault.isPresent()) {
      failed++;
      System.out.println("FAILED " + what + ": " + fault.get());
    } else {
      passed++;
      System.out.println("ok     " + what);
    }
  }

  /** Where they differ, if they do. */
  private Optional<String> run(Path program, TwinVerdicts.Fault fault, int cases, long seed)
      throws Exception {
    try (Twin twin = new Twin(program)) {
      TwinCases each = new TwinCases(twin, new TwinVerdicts(fault), curve, seed);
      for (int i = 1; i <= cases; i++) {
        try {
          each.next();
        } catch (AssertionError e) {
          return Optional.of("case " + i + " of seed " + seed + ": " + e.getMessage());
        }
      }
      return Optional.empty();
    }
  }

  private void faults(Path program) throws Exception {
    for (TwinVerdicts.Fault fault : TwinVerdicts.Fault.values()) {
      if (fault != TwinVerdicts.Fault.NOTHING) {
        expectFound("Java's " + fault, program, fault);
      }
    }
    for (Path other : beside(program)) {
      expectFound("the C of " + other.getFileName(), other, TwinVerdicts.Fault.NOTHING);
    }
  }

  private void expectFound(String what, Path program, TwinVerdicts.Fault fault) throws Exception {
    Optional<String> found = run(program, fault, CASES_UNTIL_FOUND, 1);
    String where = found.map(text -> text.substring(0, text.indexOf(" of seed"))).orElse("");
    count(
        what + " is found in " + where,
        found.isPresent() ? Optional.empty() : Optional.of("nothing found it"));
  }

  private static List<Path> beside(Path program) throws IOException {
    String name = program.getFileName() + "-";
    try (Stream<Path> files = Files.list(program.toAbsolutePath().getParent())) {
      return files
          .filter(Files::isExecutable)
          .filter(file -> file.getFileName().toString().startsWith(name))
          .sorted()
          .toList();
    }
  }
}
