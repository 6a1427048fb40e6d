package io.otakey.gateway.presence;

import io.otakey.protocol.wire.DeviceRef;
import io.otakey.protocol.wire.KeyRef;
import io.otakey.protocol.wire.Token;
import java.nio.ByteBuffer;
import java.util.Locale;

/** What a connected device costs in memory, and a frame that shows its key in time. */
final class PresenceBench {
  private static final int DEVICES = 200_000;
  private static final int ROUNDS = 20;

  private PresenceBench() {}

  /** No arguments. */
  public static void main(String[] arguments) {
    Presence presence = new Presence();
    Presence.Line[] lines = new Presence.Line[DEVICES];
    long before = used();
    for (int i = 0; i < DEVICES; i++) {
      lines[i] = presence.open(frame -> {});
      lines[i].shows(key(i));
    }
    long each = (used() - before) / DEVICES;
    KeyRef[] keys = new KeyRef[1000];
    for (int i = 0; i < keys.length; i++) {
      keys[i] = key(i * 199);
    }
    double nanos = Double.MAX_VALUE;
    for (int round = 0; round < ROUNDS; round++) {
      long begin = System.nanoTime();
      for (int i = 0; i < DEVICES; i++) {
        int n = i % keys.length;
        lines[n * 199].shows(keys[n]);
      }
      nanos = Math.min(nanos, (System.nanoTime() - begin) / (double) DEVICES);
    }
    System.out.printf(
        Locale.ROOT,
        "presence of a device on a connection: %d bytes; a frame that shows its key: %.0f ns%n",
        each,
        nanos);
    if (presence.size() != DEVICES) {
      throw new IllegalStateException("devices got lost: " + presence.size());
    }
  }

  /** As decoded from a frame: nothing in it is shared. */
  private static KeyRef key(int device) {
    byte[] token = ByteBuffer.allocate(15).putInt(device).array();
    String id = String.format(Locale.ROOT, "4a51d2c0%08x", device);
    return new KeyRef(new DeviceRef(new String("thermo".toCharArray()), id), 1, Token.of(token));
  }

  private static long used() {
    for (int i = 0; i < 4; i++) {
      System.gc();
    }
    return Runtime.getRuntime().totalMemory() - Runtime.getRuntime().freeMemory();
  }
}
