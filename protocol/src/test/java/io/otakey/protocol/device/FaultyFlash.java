package io.otakey.protocol.device;

/** Flash in the hands of a device with a seeded fault. */
record FaultyFlash(Flash flash, Seeded seeded) implements Flash {
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
    if (isLeftOut(slot, word, value)) {
      return;
    }
    if (value == RecordCodec.CONFIRMED && seeded == Seeded.ZEROISE_FIRST) {
      RecordCodec.zeroise(flash, 1 - slot);
    }
    flash.write(slot, word, value);
    if (value == RecordCodec.STORED && seeded == Seeded.ERASE_EARLY) {
      flash.erase(1 - slot);
    }
  }

  private boolean isLeftOut(int slot, int word, int value) {
    boolean blank = flash.read(slot, word) == ERASED;
    return switch (seeded) {
      case NO_STORED2 -> value == RecordCodec.STORED2;
      case STORED2_UNFINISHED -> value == RecordCodec.STORED2 && !blank;
      case CONFIRMED_BELIEVED -> value == RecordCodec.CONFIRMED && !blank;
      case WIPE_SPARES_MARKERS -> value == 0 && isMarker(slot, word);
      default -> false;
    };
  }

  private boolean isMarker(int slot, int word) {
    int markers = RecordCodec.checkedMarkers(flash, slot);
    return markers >= 0 && word >= markers;
  }

  @Override
  public void erase(int slot) {
    if (seeded != Seeded.BLANK_BELIEVED || !new Slots(flash).isBlank(slot)) {
      flash.erase(slot);
    }
  }
}
