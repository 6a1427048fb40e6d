package io.otakey.protocol.device;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.Set;

/**
 * Flash whose power can be cut before and in the middle of every operation. Bits that were caught
 * half-way waver: they may read differently at every power-on, until they are programmed or erased
 * whole. A word therefore has two ends, and reads as one of them or as anything between: {@code
 * low} with every wavering bit as 0, {@code high} with every one as 1. A cut repetition moves the
 * ends further apart and makes nothing sure.
 *
 * <p>Words are programmed from all ones, to zero, or again with what they hold; anything else is a
 * fault of the code under test.
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

  private static final Set<Integer> MARKS =
      Set.of(RecordCodec.STORED, RecordCodec.STORED2, RecordCodec.VERIFIED, RecordCodec.CONFIRMED);

  /** How wavering words are read. */
  private enum Reading {
    LOW,
    HIGH,
    /** Each word for itself. */
    MIXED
  }

  private final Random random;
  private final int[][] low = new int[SLOTS][WORDS];
  private final int[][] high = new int[SLOTS][WORDS];
  private final int[][] reads = new int[SLOTS][WORDS];
  private int operations;
  private int lastPlace = -2;
  private int cutAt = Integer.MAX_VALUE;
  private int decisionsUntilCut = Integer.MAX_VALUE;
  private Runnable watcher = () -> {};
  private Runnable afterCut = () -> {};

  CutFlash(Random random) {
    this.random = random;
    for (int slot = 0; slot < SLOTS; slot++) {
      for (int word = 0; word < WORDS; word++) {
        set(slot, word, ERASED);
      }
    }
  }

  /** Called after every operation that changed flash. */
  void watch(Runnable afterEachOperation) {
    watcher = afterEachOperation;
  }

  /** Called after a cut, before anybody looks. */
  void whenCut(Runnable action) {
    afterCut = action;
  }

  /** Operations since the flash was made. */
  int operations() {
    return operations;
  }

  /** Cuts the power at the operation that comes after so many others. */
  void cutAfter(int more) {
    cutAt = operations + more;
  }

  /**
   * Cuts the power at an operation that decides something, after so many others of that kind: at a
   * marker, the first of a row of words, or an erase.
   */
  void cutAtDecision(int more) {
    decisionsUntilCut = more;
  }

  /** Cuts the power at one of so many operations, or at one of the next that decide something. */
  void cutSoon(int more) {
    if (random.nextBoolean()) {
      cutAfter(random.nextInt(more));
    } else {
      cutAtDecision(random.nextInt(4));
    }
  }

  void cutNoMore() {
    cutAt = Integer.MAX_VALUE;
    decisionsUntilCut = Integer.MAX_VALUE;
  }

  /** Power is back and stays: wavering words take a reading, a page often all the same way. */
  void powerOn() {
    cutNoMore();
    for (int slot = 0; slot < SLOTS; slot++) {
      reads[slot] = take(slot, anyReading());
    }
  }

  boolean wavers(int slot, int word) {
    return low[slot][word] != high[slot][word];
  }

  /** Whether the word may read as the value now or at some power-on. */
  boolean mayRead(int slot, int word, int value) {
    return (low[slot][word] & ~value) == 0 && (value & ~high[slot][word]) == 0;
  }

  /** The word makes up its mind. */
  void settle(int slot, int word) {
    set(slot, word, read(anyReading(), slot, word));
  }

  /** Views of what the flash may read as: the ends of either page, and some mixtures. */
  List<Flash> readings() {
    if (Arrays.deepEquals(low, high)) {
      return List.of(this);
    }
    List<Flash> views = new ArrayList<>();
    for (Reading first : List.of(Reading.LOW, Reading.HIGH)) {
      for (Reading second : List.of(Reading.LOW, Reading.HIGH)) {
        views.add(view(first, second));
      }
    }
    views.add(view(Reading.MIXED, Reading.MIXED));
    views.add(view(Reading.MIXED, Reading.MIXED));
    return views;
  }

  @Override
  public int words() {
    return WORDS;
  }

  @Override
  public int read(int slot, int word) {
    return reads[slot][word];
  }

  /** Clears bits, and makes those sure; others that waver go on to. */
  @Override
  public void write(int slot, int word, int value) {
    int old = reads[slot][word];
    if (value != 0 && old != ERASED && (old & value) != value) {
      throw new AssertionError("word " + word + " was programmed twice");
    }
    if (isCut(decides(slot, word, value))) {
      tear(slot, word, anyTear(), low[slot][word] & value, high[slot][word]);
      cut();
    }
    low[slot][word] &= value;
    high[slot][word] &= value;
    reads[slot][word] &= value;
    watcher.run();
  }

  @Override
  public void erase(int slot) {
    boolean isCut = isCut(true);
    Tear tear = isCut ? anyTear() : Tear.NOT_BEGUN;
    for (int word = 0; word < WORDS; word++) {
      if (isCut) {
        tear(slot, word, tear, low[slot][word], ERASED);
      } else {
        set(slot, word, ERASED);
      }
    }
    if (isCut) {
      cut();
    }
    watcher.run();
  }

  private boolean isCut(boolean decides) {
    boolean cutHere = decides && decisionsUntilCut-- <= 0;
    return operations++ >= cutAt || cutHere;
  }

  private boolean decides(int slot, int word, int value) {
    int place = slot * WORDS + word;
    boolean begins = place != lastPlace + 1;
    lastPlace = place;
    return begins
        || MARKS.contains(value)
        || (value == 0 && MARKS.stream().anyMatch(mark -> mayRead(slot, word, mark)));
  }

  /** What a cut leaves of the operation that it hits. */
  private enum Tear {
    NOT_BEGUN,
    /** Some of the bits, and they stay so; what wavered before goes on to. */
    PART,
    WAVERING
  }

  private Tear anyTear() {
    return switch (random.nextInt(5)) {
      case 0 -> Tear.NOT_BEGUN;
      case 1 -> Tear.PART;
      default -> Tear.WAVERING;
    };
  }

  private void tear(int slot, int word, Tear tear, int lowest, int highest) {
    boolean wavered = wavers(slot, word);
    if (tear != Tear.NOT_BEGUN) {
      low[slot][word] = lowest;
      high[slot][word] = highest;
    }
    if (tear == Tear.PART && !wavered) {
      set(slot, word, mixed(lowest, highest));
    }
  }

  private void cut() {
    afterCut.run();
    watcher.run();
    throw new PowerCut();
  }

  private Reading anyReading() {
    return switch (random.nextInt(4)) {
      case 0 -> Reading.LOW;
      case 1 -> Reading.HIGH;
      default -> Reading.MIXED;
    };
  }

  private int read(Reading reading, int slot, int word) {
    return switch (reading) {
      case LOW -> low[slot][word];
      case HIGH -> high[slot][word];
      case MIXED -> mixed(low[slot][word], high[slot][word]);
    };
  }

  private int mixed(int lowest, int highest) {
    if (lowest == highest) {
      return lowest;
    }
    return switch (random.nextInt(5)) {
      case 0, 1 -> lowest;
      case 2, 3 -> highest;
      default -> lowest | (highest & random.nextInt());
    };
  }

  private int[] take(int slot, Reading reading) {
    int[] words = new int[WORDS];
    Arrays.setAll(words, word -> read(reading, slot, word));
    return words;
  }

  private Flash view(Reading first, Reading second) {
    HeapFlash view = new HeapFlash(WORDS);
    for (int slot = 0; slot < SLOTS; slot++) {
      int[] words = take(slot, slot == 0 ? first : second);
      for (int word = 0; word < WORDS; word++) {
        if (words[word] != ERASED) {
          view.write(slot, word, words[word]);
        }
      }
    }
    return view;
  }

  private void set(int slot, int word, int value) {
    low[slot][word] = value;
    high[slot][word] = value;
    reads[slot][word] = value;
  }
}
