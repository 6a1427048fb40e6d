package io.otakey.loadgen.device;

import io.otakey.protocol.device.Flash;
import io.otakey.protocol.device.HeapFlash;
import java.util.SplittableRandom;

/**
 * Flash whose power is cut once, in the middle of one operation: before it, half-way or after it,
 * by chance. Bits that were caught half-way stay as they fell; that they may waver is tested in the
 * protocol's own tests. Not thread-safe.
 */
public final class CutFlash implements Flash {
  /** The power went. */
  public static final class PowerCut extends RuntimeException {
    private static final long serialVersionUID = 1L;

    PowerCut() {
      super(null, null, false, false);
    }
  }

  private static final int NEVER = Integer.MAX_VALUE;

  private final HeapFlash flash = new HeapFlash();
  private final SplittableRandom random;
  private int operations;
  private int cutAt = NEVER;
  private int cutStep;

  /** Blank flash. */
  public CutFlash(long seed) {
    random = new SplittableRandom(seed);
  }

  /**
   * Cuts at an operation of those that come.
   *
   * @param step from 1
   */
  public void cutAt(int step) {
    operations = 0;
    cutStep = 0;
    cutAt = step;
  }

  /** Leaves the power on. */
  public void cutNoMore() {
    cutAt = NEVER;
  }

  /** The operation at which power was cut, from 1; 0: it was not. */
  public int cutStep() {
    return cutStep;
  }

  /** Operations since the cut was ordered. */
  public int operations() {
    return operations;
  }

  @Override
  public int words() {
    return flash.words();
  }

  @Override
  public int read(int slot, int word) {
    return flash.read(slot, word);
  }

  @Override
  public void write(int slot, int word, int value) {
    if (isCut()) {
      flash.write(slot, word, value | keep());
      throw new PowerCut();
    }
    flash.write(slot, word, value);
  }

  @Override
  public void erase(int slot) {
    if (isCut()) {
      int[] before = new int[flash.words()];
      for (int word = 0; word < before.length; word++) {
        before[word] = flash.read(slot, word);
      }
      flash.erase(slot);
      int set = ~keep();
      for (int word = 0; word < before.length; word++) {
        if ((before[word] | set) != ERASED) {
          flash.write(slot, word, before[word] | set);
        }
      }
      throw new PowerCut();
    }
    flash.erase(slot);
  }

  /** Which bits stay as they were: all, some or none. */
  private int keep() {
    return switch (random.nextInt(3)) {
      case 0 -> ERASED;
      case 1 -> random.nextInt();
      default -> 0;
    };
  }

  private boolean isCut() {
    operations++;
    if (operations < cutAt || cutAt == NEVER) {
      return false;
    }
    cutAt = NEVER;
    cutStep = operations;
    return true;
  }
}
