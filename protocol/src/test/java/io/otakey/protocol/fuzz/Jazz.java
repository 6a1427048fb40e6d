package io.otakey.protocol.fuzz;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * What Jazzer calls, for a search that is led by coverage; {@code ./otakey fuzz} runs it. A target
 * is named {@code CLASS#NAME}, the class being its suite.
 *
 * <pre>
 * Jazz SUITE             lists the names of a suite's targets
 * Jazz TARGET FOLDER     writes a target's seeds into a folder
 * </pre>
 */
public final class Jazz {
  private static FuzzTarget target = FuzzTarget.of("none", java.util.List.of(), input -> {});

  private Jazz() {}

  /** Jazzer's: before the first input. */
  public static void fuzzerInitialize(String[] arguments) {
    target = find(arguments[0]);
  }

  /** Jazzer's: one input. */
  public static void fuzzerTestOneInput(byte[] input) throws Exception {
    target.check().accept(input);
  }

  /** See above. */
  public static void main(String[] arguments) throws IOException {
    if (arguments.length == 1) {
      suite(arguments[0]).targets().forEach(each -> System.out.println(each.name()));
      return;
    }
    Path folder = Files.createDirectories(Path.of(arguments[1]));
    int number = 0;
    for (byte[] seed : find(arguments[0]).seeds()) {
      Files.write(folder.resolve("seed-" + number++), seed);
    }
  }

  private static FuzzTarget find(String name) {
    int hash = name.indexOf('#');
    return suite(name.substring(0, hash)).targets().stream()
        .filter(each -> each.name().equals(name.substring(hash + 1)))
        .findFirst()
        .orElseThrow();
  }

  private static FuzzTarget.Suite suite(String name) {
    try {
      return Class.forName(name).asSubclass(FuzzTarget.Suite.class).getConstructor().newInstance();
    } catch (ReflectiveOperationException e) {
      throw new IllegalArgumentException("no suite " + name, e);
    }
  }
}
