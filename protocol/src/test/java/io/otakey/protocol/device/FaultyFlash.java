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
    if (value == RecordCodec.STORED2 && seeded == Seeded.NO_STORED2) {
      return;
    }
    flash.write(slot, word, value);
    if (value == RecordCodec.STORED && seeded == Seeded.ERASE_EARLY) {
      flash.erase(1 - slot);
    }
  }

  @Override
  public void erase(int slot) {
    flash.erase(slot);
  }
}
