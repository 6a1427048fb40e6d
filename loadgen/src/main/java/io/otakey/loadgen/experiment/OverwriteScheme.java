package io.otakey.loadgen.experiment;

import io.otakey.loadgen.device.CutFlash;
import io.otakey.protocol.device.Flash;
import java.util.Arrays;
import java.util.SplittableRandom;

/**
 * The usual way to change a key, for comparison: the server replaces its copy and sends the new
 * key; the device overwrites its only one, and a valid word behind it. Sent again until
 * acknowledged, a few times. The same chances of loss and the same cuts of power, but a model: no
 * network, no cryptography, no gateway. A device is bricked if it ends with another key than the
 * server has.
 */
final class OverwriteScheme {
  private static final int KEY_WORDS = 8;
  private static final int VALID = 0x600d_600d;
  private static final int TRIES = 5;
  private static final int SLOT = 0;

  private final SplittableRandom random;
  private final double loss;

  private OverwriteScheme(long seed, double loss) {
    this.random = new SplittableRandom(seed);
    this.loss = loss;
  }

  /** How many of an experiment's devices one update bricks. */
  static long bricked(Experiment experiment) {
    int steps =
        experiment.faults().stream()
            .filter(fault -> fault.kind() == Fault.Kind.POWER_CUT)
            .mapToInt(Fault::steps)
            .findFirst()
            .orElse(0);
    OverwriteScheme scheme = new OverwriteScheme(experiment.seed(), experiment.network().loss());
    long bricked = 0;
    for (int device = 0; device < experiment.devices(); device++) {
      int cutAt = steps == 0 ? 0 : 1 + device % steps;
      bricked += scheme.survives(experiment.seed() + device, cutAt) ? 0 : 1;
    }
    return bricked;
  }

  private boolean survives(long seed, int cutAt) {
    CutFlash flash = new CutFlash(seed);
    store(flash, key());
    if (cutAt > 0) {
      flash.cutAt(cutAt);
    }
    int[] atServer = key();
    for (int i = 0; i < TRIES; i++) {
      boolean arrives = random.nextDouble() >= loss;
      if (arrives && isValid(flash)) { // without a key it cannot tell who speaks
        try {
          store(flash, atServer);
        } catch (CutFlash.PowerCut e) {
          continue; // it boots from what is there, and hears the next try
        }
        if (random.nextDouble() >= loss) {
          break;
        }
      }
    }
    return isValid(flash) && Arrays.equals(atServer, stored(flash));
  }

  private static void store(Flash flash, int[] key) {
    flash.erase(SLOT);
    for (int word = 0; word < KEY_WORDS; word++) {
      flash.write(SLOT, word, key[word]);
    }
    flash.write(SLOT, KEY_WORDS, VALID);
  }

  private static int[] stored(Flash flash) {
    int[] key = new int[KEY_WORDS];
    Arrays.setAll(key, word -> flash.read(SLOT, word));
    return key;
  }

  private static boolean isValid(Flash flash) {
    return flash.read(SLOT, KEY_WORDS) == VALID;
  }

  private int[] key() {
    return random.ints(KEY_WORDS).toArray();
  }
}
