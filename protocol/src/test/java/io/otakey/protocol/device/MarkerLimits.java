package io.otakey.protocol.device;

import io.otakey.protocol.wire.DeviceRef;
import io.otakey.protocol.wire.KeyRef;
import java.util.EnumSet;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.IntStream;

/**
 * The states that marker words cannot heal, as protocol section 10 states them. In these, and in no
 * other, STORED2 does not waver but makes up its mind at once.
 */
final class MarkerLimits {
  enum Limit {
    /** STORED and STORED2 of one record waver at once. */
    BOTH_WAVER,
    /**
     * A third grant goes over the older of two unconfirmed records, whose key the gateway would
     * still commit: STORED is zero already, and STORED2 wavers.
     */
    HALF_WIPED
  }

  private final CutFlash flash;
  private final Slots slots;
  private final DeviceRef ref;
  private final Predicate<KeyRef> committable;
  private final Set<Limit> lifted = EnumSet.noneOf(Limit.class);

  MarkerLimits(CutFlash flash, DeviceRef ref, Predicate<KeyRef> committable) {
    this.flash = flash;
    this.slots = new Slots(flash);
    this.ref = ref;
    this.committable = committable;
  }

  /** From now on STORED2 wavers there, too: to see that a limit is one. */
  void lift(Limit limit) {
    lifted.add(limit);
  }

  /** To be called after a cut, before anybody looks. */
  void keep() {
    for (int slot = 0; slot < Flash.SLOTS; slot++) {
      int stored = RecordCodec.checkedMarkers(flash, slot);
      if (stored >= 0 && isSolid(slot, stored) && flash.wavers(slot, stored + 1)) {
        if (flash.wavers(slot, stored)) {
          keep(Limit.BOTH_WAVER, slot, stored + 1);
        } else if (flash.read(slot, stored) == 0 && isOlderOfTwoUnconfirmed(slot)) {
          keep(Limit.HALF_WIPED, slot, stored + 1);
        }
      }
    }
  }

  private void keep(Limit limit, int slot, int stored2) {
    if (!lifted.contains(limit)) {
      flash.settle(slot, stored2);
    }
  }

  private boolean isSolid(int slot, int words) {
    return IntStream.range(0, words).noneMatch(word -> flash.wavers(slot, word));
  }

  private boolean isOlderOfTwoUnconfirmed(int slot) {
    int newer = 1 - slot;
    if (!slots.exists(newer) || slots.isConfirmed(newer) || slots.isConfirmed(slot)) {
      return false;
    }
    try (KeyRecord older = slots.read(slot);
        KeyRecord other = slots.read(newer)) {
      return older.sequence() < other.sequence() && committable.test(older.key(ref));
    }
  }
}
