package io.otakey.protocol.device;

import java.util.Arrays;

/**
 * Flash of a virtual device. It takes memory only up to the last word that was programmed, since a
 * million of them live in one process. Not thread-safe.
 */
public final class HeapFlash implements Flash {
  /** Words of a slot: 1 KiB, which holds the largest record. */
  public static final int DEFAULT_WORDS = 256;

  private static final int[] BLANK = {};
  private static final int STEP = 8;

  private final int words;
  private final int[][] pages = {BLANK, BLANK};

  /** Blank flash of the usual size. */
  public HeapFlash() {
    this(DEFAULT_WORDS);
  }

  /** Blank flash with so many words in each slot. */
  public HeapFlash(int words) {
    this.words = words;
  }

  @Override
  public int words() {
    return words;
  }

  @Override
  public int read(int slot, int word) {
    check(word);
    int[] page = pages[slot];
    return word < page.length ? page[word] : ERASED;
  }

  @Override
  public void write(int slot, int word, int value) {
    check(word);
    int[] page = pages[slot];
    if (word >= page.length) {
      int[] larger = Arrays.copyOf(page, Math.min(words, (word / STEP + 1) * STEP));
      Arrays.fill(larger, page.length, larger.length, ERASED);
      pages[slot] = larger;
      page = larger;
    }
    page[word] &= value;
  }

  @Override
  public void erase(int slot) {
    Arrays.fill(pages[slot], ERASED);
    pages[slot] = BLANK;
  }

  private void check(int word) {
    if (word < 0 || word >= words) {
      throw new IndexOutOfBoundsException("word " + word + " of a slot of " + words);
    }
  }
}
