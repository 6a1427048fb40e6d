package io.otakey.protocol.device;

import io.otakey.protocol.wire.Token;
import java.util.HashSet;
import java.util.Set;

/**
 * What a device presents after power cuts, however its flash reads. Beside {@link Invariants}: a
 * device that once had a confirmed key has one for ever (else a fail-over could take it back), and
 * a key that was wiped or superseded never comes back.
 */
final class Presented {
  private final CutFlash flash;
  private final Set<Token> all = new HashSet<>();
  private final Set<Token> dead = new HashSet<>();
  private boolean onceConfirmed;

  Presented(CutFlash flash) {
    this.flash = flash;
  }

  void on(DeviceEvent event) {
    if (event instanceof DeviceEvent.Stored stored) {
      all.add(stored.key().token());
    } else if (event instanceof DeviceEvent.Wiped wiped) {
      dead.add(wiped.token());
    } else if (event instanceof DeviceEvent.Enrolled) {
      onceConfirmed = true;
    } else if (event instanceof DeviceEvent.Rotated rotated) {
      onceConfirmed = true;
      dead.addAll(all);
      dead.remove(rotated.key().token());
    }
  }

  void check() {
    flash.readings().forEach(view -> check(new Slots(view)));
  }

  private void check(Slots slots) {
    if (onceConfirmed && slots.survey().current() == Slots.NONE) {
      throw new AssertionError("I1: the confirmed key is gone");
    }
    for (int slot = 0; slot < Flash.SLOTS; slot++) {
      if (slots.exists(slot) && dead.contains(slots.read(slot).token())) {
        throw new AssertionError("I2: a key that was over came back");
      }
    }
  }
}
