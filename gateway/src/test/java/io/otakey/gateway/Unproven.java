package io.otakey.gateway;

import io.otakey.protocol.wire.AbandonRequest;
import io.otakey.protocol.wire.ConfirmRequest;
import io.otakey.protocol.wire.DeviceRef;
import io.otakey.protocol.wire.EnrollRequest;
import io.otakey.protocol.wire.KeyRef;
import io.otakey.protocol.wire.PollRequest;
import io.otakey.protocol.wire.RotateRequest;
import io.otakey.protocol.wire.Token;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;

/** Well-formed frames of every type from somebody who holds no key, about whomever he likes. */
final class Unproven {
  private static final int NOISE_1 = 49;
  private static final int GUARD = 8;
  private static final int MAC = 16;

  private final Random random = new Random(1);

  /**
   * Frames by what they are, of every type.
   *
   * @param about the device
   * @param token of its key, as overheard; any other for a device without
   * @param epoch of its key
   */
  Map<String, byte[]> frames(DeviceRef about, Token token, long epoch) {
    Map<String, byte[]> frames = new LinkedHashMap<>();
    for (int pkVersion : new int[] {1, 2, 0, 255}) {
      for (int gatewayKey : new int[] {1, 0, 77}) {
        byte[] prologue = EnrollRequest.prologue(about, pkVersion, gatewayKey);
        frames.put(
            "ENROLL, key version " + pkVersion + ", gateway key " + gatewayKey,
            random(prologue, NOISE_1 + GUARD));
      }
    }
    List<KeyRef> keys = new ArrayList<>();
    for (Token named : tokens(token)) {
      for (long of : new long[] {epoch, epoch + 1, 0, 0xffff_ffffL}) {
        keys.add(new KeyRef(about, of, named));
      }
    }
    for (KeyRef key : keys) {
      keyed(frames, key);
    }
    return frames;
  }

  private void keyed(Map<String, byte[]> frames, KeyRef key) {
    String of = " of epoch " + key.epoch() + ", token " + key.token();
    frames.put("ROTATE" + of, random(RotateRequest.prologue(key, 1), NOISE_1 + GUARD));
    frames.put("ROTATE, other gateway key" + of, random(RotateRequest.prologue(key, 9), 80));
    frames.put(
        "CONFIRM" + of, random(ConfirmRequest.covered(key, ConfirmRequest.Outcome.STORED), MAC));
    frames.put(
        "ABANDON" + of,
        random(
            AbandonRequest.covered(key, key.token(), AbandonRequest.Reason.NOT_ACKNOWLEDGED), MAC));
    frames.put("POLL" + of, random(PollRequest.covered(key, new byte[8]), MAC));
    byte[] zeros = PollRequest.covered(key, new byte[8]);
    frames.put("POLL, mac of zeros" + of, Arrays.copyOf(zeros, zeros.length + MAC));
  }

  /**
   * The device's own, one under an allocation secret that is not held, and such as no gateway
   * grants.
   */
  private static List<Token> tokens(Token own) {
    byte[] other = own.toBytes();
    other[0] = (byte) 200;
    byte[] kind = own.toBytes();
    kind[1] = 9;
    return List.of(own, Token.of(other), Token.of(kind), Token.of(new byte[] {1, 2, 3}));
  }

  private byte[] random(byte[] head, int more) {
    byte[] frame = Arrays.copyOf(head, head.length + more);
    byte[] tail = new byte[more];
    random.nextBytes(tail);
    System.arraycopy(tail, 0, frame, head.length, more);
    return frame;
  }
}
