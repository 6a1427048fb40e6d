package io.otakey.protocol.device;

import java.util.Optional;

/**
 * The two records of a device in flash: which exist, which is newest, and the only ways they change
 * (protocol section 7, "Records"). Not thread-safe.
 */
final class Slots {
  /** No slot. */
  static final int NONE = -1;

  private static final int OFFSET_STORED = 0;
  private static final int OFFSET_STORED2 = 1;
  private static final int OFFSET_VERIFIED = 2;
  private static final int OFFSET_CONFIRMED = 3;

  private final Flash flash;

  Slots(Flash flash) {
    this.flash = flash;
  }

  /**
   * What the slots hold, as far as decisions need it.
   *
   * @param current the newest confirmed record, or {@link #NONE}
   * @param unfinished the newest record that is not confirmed and newer than the current one
   * @param other another such record, where there is no current one
   */
  record Situation(int current, int unfinished, int other) {}

  /** Reads both slots. Older records than the current one do not count. */
  Situation survey() {
    int newest = newest();
    if (newest == NONE) {
      return new Situation(NONE, NONE, NONE);
    }
    int older = exists(1 - newest) ? 1 - newest : NONE;
    if (isConfirmed(newest)) {
      return new Situation(newest, NONE, NONE);
    }
    return older != NONE && isConfirmed(older)
        ? new Situation(older, newest, NONE)
        : new Situation(NONE, newest, older);
  }

  /** What has to be done at boot before any frame: protocol rule 4. */
  void boot() {
    for (int slot = 0; slot < Flash.SLOTS; slot++) {
      if (!exists(slot) && !isBlank(slot)) {
        wipe(slot);
      }
    }
    finishConfirm();
    for (int slot = 0; slot < Flash.SLOTS; slot++) {
      if (exists(slot) && !isConfirmed(slot)) {
        settle(slot);
      }
    }
  }

  /**
   * Writes a record, reads it back and marks it stored; what stood in the slot is wiped first, and
   * the words are zero afterwards.
   *
   * @return false if it is not in the slot afterwards; nothing is then
   */
  boolean store(int slot, int[] words) {
    if (isBlank(slot)) {
      flash.erase(slot); // an erase that was cut short may read as blank, and change its mind
    } else {
      wipe(slot);
    }
    boolean same = true;
    for (int word = 0; word < words.length; word++) {
      flash.write(slot, word, words[word]);
    }
    for (int word = 0; word < words.length; word++) {
      same &= flash.read(slot, word) == words[word];
      words[word] = 0; // the key is in there
    }
    if (same) {
      flash.write(slot, words.length + OFFSET_STORED, RecordCodec.STORED);
    }
    if (!exists(slot)) {
      wipe(slot);
      return false;
    }
    return true;
  }

  /** The sequence number of the next record. */
  int nextSequence() {
    int newest = newest();
    return newest == NONE ? 1 : RecordCodec.sequence(flash, newest) + 1;
  }

  /** The words of a record, if a slot is large enough for it. */
  Optional<int[]> fit(KeyRecord record) {
    return RecordCodec.encodeIfItFits(record, flash.words());
  }

  /** The record of a slot that has one; the caller closes it. */
  KeyRecord read(int slot) {
    return RecordCodec.decode(flash, slot);
  }

  /** CBOR of a record's connection; empty if it has none, or for {@link #NONE}. */
  byte[] connection(int slot) {
    if (slot == NONE) {
      return new byte[0];
    }
    try (KeyRecord record = read(slot)) {
      return record.connection();
    }
  }

  boolean isVerified(int slot) {
    return marker(slot, OFFSET_VERIFIED) != Flash.ERASED;
  }

  void markVerified(int slot) {
    flash.write(slot, markers(slot) + OFFSET_VERIFIED, RecordCodec.VERIFIED);
  }

  /** The gateway acknowledged this record: mark it, then zeroise an older one. */
  void confirm(int slot) {
    flash.write(slot, markers(slot) + OFFSET_CONFIRMED, RecordCodec.CONFIRMED);
    if (slot == newest() && exists(1 - slot)) {
      RecordCodec.zeroise(flash, 1 - slot);
    }
  }

  /**
   * Zeroises and erases. STORED and STORED2 go first: either may be a word that was cut short, and
   * a record whose key is half zeroised must not come back to life with it.
   */
  void wipe(int slot) {
    if (!isBlank(slot)) {
      int markers = markers(slot);
      if (markers >= 0) {
        flash.write(slot, markers + OFFSET_STORED, 0);
        flash.write(slot, markers + OFFSET_STORED2, 0);
      }
      RecordCodec.zeroise(flash, slot);
      flash.erase(slot);
    }
  }

  boolean isBlank() {
    return isBlank(0) && isBlank(1);
  }

  boolean exists(int slot) {
    int markers = markers(slot);
    return markers >= 0
        && (flash.read(slot, markers + OFFSET_STORED) == RecordCodec.STORED
            || flash.read(slot, markers + OFFSET_STORED2) == RecordCodec.STORED2);
  }

  boolean isConfirmed(int slot) {
    return marker(slot, OFFSET_CONFIRMED) != Flash.ERASED;
  }

  private int newest() {
    if (exists(0) && exists(1)) {
      int ahead = RecordCodec.sequence(flash, 0) - RecordCodec.sequence(flash, 1);
      return ahead > 0 ? 0 : 1;
    }
    return exists(0) ? 0 : exists(1) ? 1 : NONE;
  }

  /**
   * CONFIRMED is programmed again, for a word that was cut short may read as set now and as blank
   * at the next power-on: before an older record goes, and also where there is none, or the current
   * key would later be taken for the older of two unconfirmed ones. Once only, for a word of flash
   * bears two writes: zeros in VERIFIED, which a confirmed record needs no more, say that it was
   * done.
   */
  private void finishConfirm() {
    int newest = newest();
    if (newest == NONE || !isConfirmed(newest)) {
      return;
    }
    if (exists(1 - newest) || marker(newest, OFFSET_VERIFIED) != 0) {
      confirm(newest);
      flash.write(newest, markers(newest) + OFFSET_VERIFIED, 0);
    }
  }

  /**
   * Programs STORED2. Also when a cut left it half programmed: more current into the same bits is
   * what makes them readable for good.
   */
  private void settle(int slot) {
    if (marker(slot, OFFSET_STORED2) != RecordCodec.STORED2) {
      flash.write(slot, markers(slot) + OFFSET_STORED2, RecordCodec.STORED2);
    }
  }

  private int marker(int slot, int offset) {
    return flash.read(slot, markers(slot) + offset);
  }

  private int markers(int slot) {
    return RecordCodec.checkedMarkers(flash, slot);
  }

  boolean isBlank(int slot) {
    for (int word = 0; word < flash.words(); word++) {
      if (flash.read(slot, word) != Flash.ERASED) {
        return false;
      }
    }
    return true;
  }
}
