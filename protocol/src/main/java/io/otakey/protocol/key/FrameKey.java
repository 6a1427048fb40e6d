package io.otakey.protocol.key;

import io.otakey.protocol.crypto.Hmac;
import io.otakey.protocol.crypto.Secret;
import io.otakey.protocol.wire.Answer;
import io.otakey.protocol.wire.Frames;
import io.otakey.protocol.wire.Request;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Base64;
import org.jspecify.annotations.Nullable;

/**
 * A product key or device key, and everything that frames use it for (protocol section 2). Derived
 * keys are made once, when first needed. Close it to wipe all of them. Not thread-safe, unless
 * {@link #shareable} made it.
 */
public final class FrameKey implements AutoCloseable {
  private static final byte[] GUARD = ascii("otakey/1 guard");
  private static final byte[] PSK = ascii("otakey/1 psk");
  private static final byte[] MAC = ascii("otakey/1 mac");
  private static final byte[] PLATFORM = ascii("otakey/1 platform ");

  /** Stands for the request's proof in a pushed NOTICE. */
  private static final byte[] NO_REQUEST = new byte[Frames.MAC_LENGTH];

  private final Secret key;
  private @Nullable Secret guardKey;
  private @Nullable PreSharedKey psk;
  private @Nullable Secret macKey;

  /** Takes over the secret and wipes it when closed. */
  public FrameKey(Secret key) {
    this.key = key;
  }

  /** A key whose derived keys exist from the start, so that many threads may read it. */
  public static FrameKey shareable(Secret key) {
    FrameKey shared = new FrameKey(key);
    shared.guardKey();
    shared.psk();
    shared.macKey();
    return shared;
  }

  /** The key itself. */
  public Secret secret() {
    return key;
  }

  /** The handshake's pre-shared key; wiped with this one. */
  public PreSharedKey psk() {
    if (psk == null) {
      try (Secret raw = Hmac.expand(key, PSK)) {
        psk = PreSharedKey.of(raw);
      }
    }
    return psk;
  }

  /** The guard of an ENROLL (under PK) or ROTATE (under DK): 8 bytes. */
  public byte[] guard(byte[] covered) {
    return Arrays.copyOf(Hmac.hmac(guardKey().expose(), covered), Frames.GUARD_LENGTH);
  }

  /** The mac of a request under DK: 16 bytes. */
  public byte[] mac(byte[]... covered) {
    return Arrays.copyOf(Hmac.hmac(macKey().expose(), covered), Frames.MAC_LENGTH);
  }

  /** Whether the request's guard or mac is this key's; takes the same time either way. */
  public boolean authenticates(Request request) {
    byte[] covered = request.covered();
    byte[] expected = request instanceof Request.Opening ? guard(covered) : mac(covered);
    return Secret.equal(expected, request.proof());
  }

  /** A CONFIRM, ABANDON or POLL under this device key: the bytes and their mac. */
  public byte[] request(byte[] covered) {
    return append(covered, mac(covered));
  }

  /** Whether the answer's mac is right for the request with this proof. */
  public boolean authenticates(Answer answer, byte[] proof) {
    return answer.macLength() == Frames.MAC_LENGTH
        && Secret.equal(mac(answer.covered(), proof), answer.mac());
  }

  /** Whether the answer is a NOTICE that nobody asked for, under this device key. */
  public boolean authenticatesPush(Answer answer) {
    return answer instanceof Answer.Notice && authenticates(answer, NO_REQUEST);
  }

  /**
   * An answer to a request under this device key: the bytes and the answer mac.
   *
   * @param covered the answer's bytes before the mac
   * @param proof the request's mac, or its guard if it was a ROTATE
   */
  public byte[] answer(byte[] covered, byte[] proof) {
    return append(covered, mac(covered, proof));
  }

  /** A NOTICE that nobody asked for. */
  public byte[] push(byte[] covered) {
    return answer(covered, NO_REQUEST);
  }

  /**
   * The secret that a platform is told, 43 characters of unpadded base64url. The platform never
   * sees the device key.
   */
  public String platformSecret(String platformId) {
    try (Secret secret = Hmac.expand(key, PLATFORM, ascii(platformId))) {
      return Base64.getUrlEncoder().withoutPadding().encodeToString(secret.expose());
    }
  }

  @Override
  public void close() {
    key.wipe();
    wipe(guardKey);
    wipe(macKey);
    if (psk != null) {
      psk.close();
    }
  }

  private Secret guardKey() {
    if (guardKey == null) {
      guardKey = Hmac.expand(key, GUARD);
    }
    return guardKey;
  }

  private Secret macKey() {
    if (macKey == null) {
      macKey = Hmac.expand(key, MAC);
    }
    return macKey;
  }

  private static byte[] append(byte[] covered, byte[] mac) {
    byte[] frame = Arrays.copyOf(covered, covered.length + mac.length);
    System.arraycopy(mac, 0, frame, covered.length, mac.length);
    return frame;
  }

  private static void wipe(@Nullable Secret secret) {
    if (secret != null) {
      secret.wipe();
    }
  }

  private static byte[] ascii(String text) {
    return text.getBytes(StandardCharsets.US_ASCII);
  }
}
