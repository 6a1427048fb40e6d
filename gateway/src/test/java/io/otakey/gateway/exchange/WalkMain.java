package io.otakey.gateway.exchange;

import io.otakey.gateway.vault.Vault;
import io.otakey.gateway.vault.VaultConfig;
import io.otakey.protocol.crypto.Secret;
import io.otakey.protocol.crypto.X25519;
import io.otakey.protocol.wire.KeyRef;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.stream.Stream;

/**
 * The gateway's exchange and the device in C walk together; formal/walk runs it.
 *
 * <pre>
 * WalkMain DEVICE STEPS [SEED]    random steps, from a seed of its own or the one given
 * WalkMain DEVICE replay SEED     one walk, as a failure named it, with its trace
 * WalkMain DEVICE faults          each seeded fault of the gateway must be found, and the one of
 *                                 every program beside DEVICE whose name begins with it; the rare
 *                                 ones too: allfaults
 * </pre>
 */
public final class WalkMain {
  private static final int ACTIONS = 160;
  private static final int WALKS_UNTIL_FOUND = 1_000;

  private final Vault vault;
  private final X25519 real = X25519.choose().x25519();
  private final byte[] source;
  private final Map<String, KeyRef> everyKey = new HashMap<>();
  private int passed;
  private int failed;

  private WalkMain(Path folder) {
    vault =
        Vault.open(new VaultConfig(folder.resolve("vault.json"), Optional.empty(), true), real)
            .vault();
    source = vault.newSource();
  }

  /** See above. Ends with 1 if anything failed. */
  public static void main(String[] args) throws IOException {
    Path folder = Files.createTempDirectory("otakey-walk");
    WalkMain main = new WalkMain(folder);
    Path program = Path.of(args[0]);
    switch (args[1]) {
      case "faults" -> main.faults(program, false);
      case "allfaults" -> main.faults(program, true);
      case "replay" -> main.count("walk " + args[2], main.walk(program, args[2], true));
      default -> main.steps(program, Integer.parseInt(args[1]), args.length > 2 ? args[2] : "");
    }
    Files.delete(folder.resolve("vault.json"));
    Files.delete(folder);
    System.out.printf("walk: %d passed, %d failed%n", main.passed, main.failed);
    System.exit(main.failed == 0 ? 0 : 1);
  }

  private void count(String what, Optional<String> fault) {
    fault.ifPresentOrElse(
        why -> {
          failed++;
          System.out.println("FAILED " + what + ": " + why);
        },
        () -> {
          passed++;
          System.out.println("ok     " + what);
        });
  }

  private void steps(Path program, int steps, String seed) throws IOException {
    long first = seed.isEmpty() ? new Random().nextLong() : Long.parseLong(seed);
    Random seeds = new Random(first);
    long begun = System.nanoTime();
    Optional<String> found = Optional.empty();
    try (WalkedDevice device = new WalkedDevice(program)) {
      for (int done = 0; done < steps && found.isEmpty(); done += ACTIONS) {
        found = walk(device, seeds.nextLong(), WalkFault.NOTHING, false);
      }
    }
    double seconds = (System.nanoTime() - begun) / 1e9;
    count("%d steps from seed %d, %.1f s".formatted(steps, first, seconds), found);
  }

  private Optional<String> walk(Path program, String seed, boolean shown) throws IOException {
    try (WalkedDevice device = new WalkedDevice(program)) {
      return walk(device, Long.parseLong(seed), WalkFault.NOTHING, shown);
    }
  }

  /** One walk; what is wrong, if anything. */
  private Optional<String> walk(WalkedDevice device, long seed, WalkFault fault, boolean shown) {
    try {
      new Walk(
              seed,
              fault,
              new Walk.Installation(vault, new SeededCurve(seed), source, everyKey, device))
          .run(ACTIONS);
      return Optional.empty();
    } catch (AssertionError e) {
      String message = String.valueOf(e.getMessage());
      return Optional.of("walk of seed " + seed + ": " + (shown ? message : tail(message)));
    }
  }

  private static String tail(String message) {
    List<String> lines = message.lines().toList();
    int from = Math.max(1, lines.size() - 25);
    return lines.get(0) + "\n" + String.join("\n", lines.subList(from, lines.size()));
  }

  private void faults(Path program, boolean rareToo) throws IOException {
    try (WalkedDevice device = new WalkedDevice(program)) {
      for (WalkFault fault : WalkFault.values()) {
        if (fault != WalkFault.NOTHING && (rareToo || !fault.isRare())) {
          expectFound("the gateway's " + fault, device, fault);
        }
      }
    }
    for (Path other : beside(program)) {
      try (WalkedDevice device = new WalkedDevice(other)) {
        expectFound("the device's " + other.getFileName(), device, WalkFault.NOTHING);
      }
    }
  }

  private static List<Path> beside(Path program) throws IOException {
    String name = program.getFileName() + "-";
    try (Stream<Path> files = Files.list(program.toAbsolutePath().getParent())) {
      List<Path> found =
          new ArrayList<>(
              files
                  .filter(Files::isExecutable)
                  .filter(file -> file.getFileName().toString().startsWith(name))
                  .toList());
      Collections.sort(found);
      return found;
    }
  }

  private void expectFound(String what, WalkedDevice device, WalkFault fault) {
    Random seeds = new Random(1);
    for (int walk = 1; walk <= WALKS_UNTIL_FOUND; walk++) {
      Optional<String> found = walk(device, seeds.nextLong(), fault, false);
      if (found.isPresent()) {
        String why = found.get().lines().findFirst().orElseThrow();
        count(what + " is found in walk " + walk + ": " + why, Optional.empty());
        return;
      }
    }
    count(what, Optional.of("not found in " + WALKS_UNTIL_FOUND + " walks"));
  }

  /** The real curve; key pairs come from a seed, so that a walk can be repeated. */
  private final class SeededCurve implements X25519 {
    private final Random random;

    SeededCurve(long seed) {
      random = new Random(~seed);
    }

    @Override
    public String provider() {
      return real.provider();
    }

    @Override
    public KeyPair generate() {
      byte[] bytes = new byte[LENGTH];
      random.nextBytes(bytes);
      return real.of(Secret.adopt(bytes));
    }

    @Override
    public KeyPair of(Secret privateKey) {
      return real.of(privateKey);
    }
  }
}
