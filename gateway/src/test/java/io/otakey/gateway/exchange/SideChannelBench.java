package io.otakey.gateway.exchange;

import io.otakey.gateway.admin.FirstToken;
import io.otakey.gateway.vault.Vault;
import io.otakey.gateway.vault.VaultConfig;
import io.otakey.protocol.crypto.X25519;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.Predicate;

/**
 * Whether time tells anything about secrets: {@code ./otakey bench sidechannel}. Each comparison
 * with a secret is measured with inputs that are wrong from the first byte and such as are wrong in
 * the last one only; then once more with a comparison that ends at the first wrong byte, which has
 * to be found, or the measurement says nothing. Then frames that nobody proved, about what there is
 * and what there is not.
 */
public final class SideChannelBench {
  private final SideChannelBed bed;
  private final int measurements;
  private long seed = 1;

  private SideChannelBench(SideChannelBed bed, int measurements) {
    this.bed = bed;
    this.measurements = measurements;
  }

  /** Arguments: a folder for a vault, and how many measurements of each. */
  public static void main(String[] arguments) throws Exception {
    X25519 curve = X25519.choose().x25519();
    Path file = Path.of(arguments[0]).resolve("vault.json");
    Vault vault = Vault.open(new VaultConfig(file, Optional.empty(), true), curve).vault();
    int measurements = Integer.parseInt(arguments[1]);
    SideChannelBench bench = new SideChannelBench(new SideChannelBed(vault, curve), measurements);
    System.out.printf(
        "%d measurements of each; above |t| %.1f told apart%n",
        measurements, TwoClasses.TOLD_APART);
    boolean sound = bench.comparisons();
    bench.frames();
    if (!sound) {
      System.out.println("INVALID: a comparison that leaks was not found; measure more often");
      System.exit(1);
    }
  }

  /** Whether every control was found. */
  private boolean comparisons() {
    System.out.println("wrong in the first byte, and wrong in the last:");
    boolean sound =
        compared(
            "guard of ENROLL",
            bed.enrolls(true),
            bed.enrolls(false),
            SideChannelBed::decoded,
            bed.productKey()::authenticates,
            request -> early(bed.productKey().guard(request.covered()), request.proof()));
    sound &=
        compared(
            "mac of POLL",
            bed.polls(true),
            bed.polls(false),
            SideChannelBed::decoded,
            bed.deviceKey()::authenticates,
            request -> early(bed.deviceKey().mac(request.covered()), request.proof()));
    byte[] hash = new byte[32];
    sound &=
        compared(
            "hash of an admin token",
            bed.hashes(hash, true),
            bed.hashes(hash, false),
            byte[]::clone,
            FirstToken.comparison(hash),
            shown -> early(hash, shown));
    sound &=
        compared(
            "secret of a login, as a platform asks",
            bed.passwords(true),
            bed.passwords(false),
            bytes -> new String(bytes, StandardCharsets.US_ASCII),
            bed::isAllowed,
            shown -> early(utf8(bed.secret()), utf8(shown)));
    return sound;
  }

  private <T> boolean compared(
      String what,
      byte[][] first,
      byte[][] last,
      Function<byte[], T> prepare,
      Predicate<T> real,
      Predicate<T> leaky) {
    show(what, first, last, prepare, real);
    return show("  control: ends at the first wrong byte", first, last, prepare, leaky).toldApart();
  }

  private void frames() {
    System.out.println("frames that nobody proved, whole way through the exchange:");
    for (SideChannelBed.Pair pair : bed.pairs()) {
      show(pair.what(), pair.first(), pair.second(), byte[]::clone, bed::isGranted);
    }
  }

  private <T> TwoClasses.Result show(
      String what,
      byte[][] first,
      byte[][] second,
      Function<byte[], T> prepare,
      Predicate<T> operation) {
    TwoClasses.Result result =
        TwoClasses.measure(what, first, second, prepare, operation, measurements, seed++);
    System.out.println("  " + result);
    return result;
  }

  /** What nobody may write. */
  private static boolean early(byte[] right, byte[] shown) {
    for (int i = 0; i < right.length; i++) {
      if (right[i] != shown[i]) {
        return false;
      }
    }
    return true;
  }

  private static byte[] utf8(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }
}
