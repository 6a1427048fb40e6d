package io.otakey.loadgen.baseline.scheme;

import io.otakey.loadgen.baseline.wire.Authority;
import io.otakey.loadgen.baseline.wire.HttpHandler;
import io.otakey.loadgen.baseline.wire.MqttHandler;
import java.nio.ByteBuffer;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.MessageDigest;
import java.security.PublicKey;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Makes an image for each device and gives it to whoever shows a proof by the secret of the batch:
 * over HTTP as one body, over MQTT as a stream of numbered chunks that one request asks for. A
 * device's key is made once and kept, so that a repeated download brings the same.
 */
final class FirmwareServer implements HttpHandler.Service, MqttHandler.Service {
  static final String PATH = "/firmware/";
  static final String ASK = "firmware/ask";
  static final String CHUNK = "firmware/chunk";
  static final int CHUNK_BYTES = 4096;

  private final FirmwareImage image;
  private final boolean whole;
  private final byte[] batchSecret;
  private final KeyPair signer = Authority.newKeys();
  private final Map<String, byte[]> keys = new ConcurrentHashMap<>();

  /**
   * @param whole images as a whole; else the page with the key alone
   */
  FirmwareServer(FirmwareImage image, boolean whole, byte[] batchSecret) {
    this.image = image;
    this.whole = whole;
    this.batchSecret = batchSecret.clone();
  }

  PublicKey signer() {
    return signer.getPublic();
  }

  boolean hasKey(String id) {
    return keys.containsKey(id);
  }

  /** What a device shows to get its image. */
  static String proof(byte[] secret, String id) {
    return HexFormat.of().formatHex(Macs.of(secret, id));
  }

  @Override
  public HttpHandler.Answer answer(HttpHandler.Request request) {
    String id = request.path().substring(Math.min(PATH.length(), request.path().length()));
    if (!Macs.same(request.headers().get("Authorization", ""), proof(batchSecret, id))) {
      return HttpHandler.Answer.of(401);
    }
    return new HttpHandler.Answer(
        200, Map.of("Content-Type", "application/octet-stream"), download(id));
  }

  /** A device comes in with the proof of the batch, or, later, with one by its own key. */
  @Override
  public boolean accepts(MqttHandler.Caller caller) {
    String id = caller.login().clientId();
    String shown = caller.login().password();
    byte[] own = keys.get(id);
    return Macs.same(shown, proof(batchSecret, id))
        || (own != null && Macs.same(shown, proof(own, id)));
  }

  @Override
  public void published(MqttHandler.Caller caller, String topic, byte[] payload) {
    if (!topic.equals(ASK)) {
      return;
    }
    byte[] download = download(caller.login().clientId());
    int chunks = (download.length + CHUNK_BYTES - 1) / CHUNK_BYTES;
    for (int i = 0; i < chunks; i++) {
      byte[] part =
          Arrays.copyOfRange(
              download, i * CHUNK_BYTES, Math.min(download.length, (i + 1) * CHUNK_BYTES));
      ByteBuffer message = ByteBuffer.allocate(4 + part.length);
      message.putShort((short) i).putShort((short) chunks).put(part);
      caller.publish(CHUNK, message.array());
    }
  }

  private byte[] download(String id) {
    try {
      return image.pack(
          keys.computeIfAbsent(id, unused -> Secrets.bytes()), whole, signer.getPrivate());
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("P-256 must work", e);
    }
  }

  /** Whether somebody holds the key of a device. */
  boolean lets(String id, Optional<byte[]> key) {
    byte[] own = keys.get(id);
    return own != null && key.isPresent() && MessageDigest.isEqual(own, key.get());
  }
}
