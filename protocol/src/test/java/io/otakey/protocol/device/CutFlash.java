package io.otakey.protocol.device;

import java.util.Arrays;
import java.util.Random;

/**
 * Flash whose power can be cut before and in the middle of every operation. A word that was cut
 * short is marginal: at each power-on it reads as it was, as it was to be, or as something between.
 * Words are programmed from all ones, to zero, or again with what they hold; anything else is a
 * fault of the code under test.
 *
 * <p>STORED2 is not marginal after a cut, it just holds some of its bits: a record whose STORED and
 * STORED2 are both cut short and both waver is beyond what two words can heal.
 */
final class CutFlash implements Flash {
  /** The power went. */
  static final class PowerCut extends RuntimeException {
    private static final long serialVersionUID = 1L;

    PowerCut() {
      super(null, null, false, false);
    }
  }

  static final int WORDS = 192;

  private final Random random;
  private final int[][] before = new int[SLOTS][WORDS];
  private final int[][] after = new int[SLOTS][WORDS];
  private final int[][] reads = new int[SLOTS][WORDS];
  private int operations;
  private int cutAt = Integer.MAX_VALUE;
  private Runnable watcher = () -> {};

  CutFlash(Random random) {
    this.random = random;
    for (int slot = 0; slot < SLOTS; slot++) {
      setAll(slot, ERASED);
    }
  }

  /** Called after every operation that changed flash. */
  void watch(Runnable afterEachOperation) {
    watcher = afterEachOperation;
  }

  /** Operations since the flash was made. */
  int operations() {
    return operations;
  }

  /** Cuts the power at the operation that comes after so many others. */
  void cutAfter(int more) {
    cutAt = operations + more;
  }

  /** Power is back and stays: marginal words take a reading. */
  void powerOn() {
    cutAt = Integer.MAX_VALUE;
    for (int slot = 0; slot < SLOTS; slot++) {
      for (int word = 0; word < WORDS; word++) {
        reads[slot][word] = someReading(before[slot][word], after[slot][word]);
      }
    }
  }

  /** A view in which every marginal word reads one way: as it was, or as it was to be. */
  Flash asIf(boolean written) {
    HeapFlash view = new HeapFlash(WORDS);
    int[][] source = written ? after : before;
    for (int slot = 0; slot < SLOTS; slot++) {
      for (int word = 0; word < WORDS; word++) {
        if (source[slot][word] != ERASED) {
          view.write(slot, word, source[slot][word]);
        }
      }
    }
    return view;
  }

  @Override
  public int words() {
    return WORDS;
  }

  @Override
  public int read(int slot, int word) {
    return reads[slot][word];
  }

  @Override
  public void write(int slot, int word, int value) {
    int old = reads[slot][word];
    if (value != 0 && old != ERASED && (old & value) != value) {
      throw new AssertionError("word " + word + " was programmed twice");
    }
    int programmed = old & value;
    if (operations++ >= cutAt) {
      if (random.nextBoolean()) {
        tear(slot, word, old, programmed);
      }
      watcher.run();
      throw new PowerCut();
    }
    set(slot, word, programmed);
    watcher.run();
  }

  @Override
  public void erase(int slot) {
    if (operations++ >= cutAt) {
      if (random.nextBoolean()) {
        for (int word = 0; word < WORDS; word++) {
          tear(slot, word, reads[slot][word], ERASED);
        }
      }
      watcher.run();
      throw new PowerCut();
    }
    setAll(slot, ERASED);
    watcher.run();
  }

  private void tear(int slot, int word, int old, int wanted) {
    if (wanted == RecordCodec.STORED2) {
      set(slot, word, someReading(old, wanted));
      return;
    }
    before[slot][word] = old;
    after[slot][word] = wanted;
  }

  private int someReading(int old, int wanted) {
    if (old == wanted) {
      return old;
    }
    return switch (random.nextInt(3)) {
      case 0 -> old;
      case 1 -> wanted;
      default -> old ^ ((old ^ wanted) & random.nextInt());
    };
  }

  private void set(int slot, int word, int value) {
    before[slot][word] = value;
    after[slot][word] = value;
    reads[slot][word] = value;
  }

  private void setAll(int slot, int value) {
    Arrays.fill(before[slot], value);
    Arrays.fill(after[slot], value);
    Arrays.fill(reads[slot], value);
  }
}
