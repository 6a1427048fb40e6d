package io.otakey.loadgen.baseline.scheme;

import io.otakey.loadgen.baseline.wire.Authority;
import java.nio.ByteBuffer;
import java.security.GeneralSecurityException;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.Signature;
import java.util.Arrays;
import java.util.Optional;
import java.util.Random;

/**
 * Images of one firmware that differ in one page, which holds the device's key. What a device
 * downloads is signed: length of the whole image (4 bytes), where the content goes (4), length of
 * the signature (1), ECDSA P-256 over the SHA-256 of the whole image that results, content.
 */
final class FirmwareImage {
  /** Flash page of an nRF52, and where the one with the key begins. */
  static final int PAGE = 4096;

  private static final int KEY_PAGE = 0x1_0000;
  private static final String SIGNATURE = "SHA256withECDSA";
  private static final int HEADER = 9;

  private final byte[] template;

  /**
   * A firmware that does not compress.
   *
   * @param size of the image in bytes, beyond the page with the key
   */
  FirmwareImage(int size) {
    template = new byte[size];
    new Random(size).nextBytes(template);
  }

  /** The image of the factory, which all devices hold at first. */
  byte[] factory() {
    return template.clone();
  }

  /** What a device with this key downloads: everything, or the page alone. */
  byte[] pack(byte[] key, boolean whole, PrivateKey signer) throws GeneralSecurityException {
    byte[] image = template.clone();
    System.arraycopy(key, 0, image, KEY_PAGE, key.length);
    Signature signature = Signature.getInstance(SIGNATURE, Authority.provider());
    signature.initSign(signer);
    signature.update(image);
    byte[] signed = signature.sign();
    int from = whole ? 0 : KEY_PAGE;
    int length = whole ? image.length : PAGE;
    return ByteBuffer.allocate(HEADER + signed.length + length)
        .putInt(image.length)
        .putInt(from)
        .put((byte) signed.length)
        .put(signed)
        .put(image, from, length)
        .array();
  }

  /** The key in what was downloaded, over what the device holds; empty if it is not genuine. */
  static Optional<byte[]> unpack(byte[] download, byte[] held, PublicKey signer)
      throws GeneralSecurityException {
    ByteBuffer in = ByteBuffer.wrap(download);
    if (download.length < HEADER || in.getInt() != held.length) {
      return Optional.empty();
    }
    int from = in.getInt();
    byte[] signed = new byte[Math.min(in.get() & 0xff, in.remaining())];
    in.get(signed);
    if (from < 0 || from > held.length - in.remaining()) {
      return Optional.empty();
    }
    byte[] image = held.clone();
    in.get(image, from, in.remaining());
    Signature signature = Signature.getInstance(SIGNATURE, Authority.provider());
    signature.initVerify(signer);
    signature.update(image);
    return signature.verify(signed)
        ? Optional.of(Arrays.copyOfRange(image, KEY_PAGE, KEY_PAGE + Secrets.LENGTH))
        : Optional.empty();
  }
}
