package io.otakey.protocol.device;

import java.util.EnumSet;
import java.util.Set;

/** Faults put into the world on purpose: the harness must find each of them. */
enum Seeded {
  NOTHING(""),
  /** The device erases its old record when the new one is stored. */
  ERASE_EARLY("I1"),
  /** The device does not program STORED2, so that a STORED word that was cut short stays unsure. */
  NO_STORED2("I1"),
  /** A STORED2 word that was cut short is not finished. */
  STORED2_UNFINISHED("I1"),
  /** A CONFIRMED word that reads as set is believed. */
  CONFIRMED_BELIEVED("I1"),
  /** The older record is zeroised before CONFIRMED is programmed. */
  ZEROISE_FIRST("I1"),
  /** A wipe leaves STORED and STORED2 to the erase. */
  WIPE_SPARES_MARKERS("I1"),
  /** A page that reads as blank is not erased before a record goes there. */
  BLANK_BELIEVED("I1"),
  /** The device wipes a stored record on an ERROR without mac. */
  UNPROVEN_ERROR_WIPES("I1"),
  /** ABANDON does not raise attempt. */
  ABANDON_KEEPS_ATTEMPT("I1"),
  /** A reset does not raise attempt, and an expected row answers 7 to ABANDON. */
  RESET_KEEPS_ATTEMPT("no end"),
  /** A blocked row answers 7. */
  BARRED_SAYS_SUPERSEDED("I1"),
  /** A row that is behind the key answers 7. */
  BEHIND_SAYS_SUPERSEDED("I1"),
  /** An expected row answers 7 to a CONFIRM of its own token. */
  EXPECTED_DISOWNS_ITS_KEY("I1"),
  /** A key is served after its successor was committed. */
  SUPERSEDED_IS_SERVED("I2"),
  /** Each repetition of an ABANDON raises attempt again. */
  ABANDON_RAISES_AGAIN("I3"),
  /** Every request of a device is granted the same token. */
  SALT_IGNORES_REQUEST("I5");

  /** Faults in how flash is treated. */
  static final Set<Seeded> OF_FLASH = EnumSet.range(ERASE_EARLY, BLANK_BELIEVED);

  /** Those that harm after two cuts in the wrong places: too rare for walks. */
  static final Set<Seeded> OF_TWO_CUTS = EnumSet.range(STORED2_UNFINISHED, BLANK_BELIEVED);

  private final String breaks;

  Seeded(String breaks) {
    this.breaks = breaks;
  }

  /** The invariant that must report it. */
  String breaks() {
    return breaks;
  }
}
