package io.otakey.protocol.device;

/**
 * The flash that holds a device's two records: two slots, each a page of its own, in words of 32
 * bits. Erasing sets all bits of a slot; programming only clears bits. Power may fail before and in
 * the middle of every call.
 */
public interface Flash {
  /** What an erased word reads as. */
  int ERASED = 0xffff_ffff;

  /** Number of slots. */
  int SLOTS = 2;

  /** Words in each slot. */
  int words();

  /** The word as it reads now. */
  int read(int slot, int word);

  /** Programs one word: afterwards it reads as the old word AND the value. */
  void write(int slot, int word, int value);

  /** Erases a slot. */
  void erase(int slot);
}
