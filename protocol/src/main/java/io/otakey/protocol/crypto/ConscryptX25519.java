package io.otakey.protocol.crypto;

import java.security.GeneralSecurityException;
import java.security.InvalidKeyException;
import java.security.KeyFactory;
import java.security.KeyPairGenerator;
import java.security.PrivateKey;
import java.security.Provider;
import java.security.PublicKey;
import java.security.spec.PKCS8EncodedKeySpec;
import java.security.spec.X509EncodedKeySpec;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Optional;
import javax.crypto.KeyAgreement;
import javax.security.auth.DestroyFailedException;
import org.conscrypt.Conscrypt;

/** X25519 by BoringSSL through Conscrypt; the provider is used by object and never installed. */
final class ConscryptX25519 implements X25519 {
  /** Everything of an X.509 SubjectPublicKeyInfo (RFC 8410) but the key. */
  private static final byte[] X509_PREFIX = HexFormat.of().parseHex("302a300506032b656e032100");

  /** Everything of a PKCS#8 private key (RFC 8410) but the key. */
  private static final byte[] PKCS8_PREFIX =
      HexFormat.of().parseHex("302e020100300506032b656e04220420");

  private final Provider provider = Conscrypt.newProvider();
  private final ThreadLocal<KeyPairGenerator> generators =
      ThreadLocal.withInitial(() -> call(() -> KeyPairGenerator.getInstance("XDH", provider)));
  private final ThreadLocal<KeyAgreement> agreements =
      ThreadLocal.withInitial(() -> call(() -> KeyAgreement.getInstance("XDH", provider)));
  private final KeyFactory keys = call(() -> KeyFactory.getInstance("XDH", provider));

  @Override
  public String provider() {
    Conscrypt.Version version = Conscrypt.version();
    return "Conscrypt " + version.major() + "." + version.minor() + "." + version.patch();
  }

  @Override
  public KeyPair generate() {
    java.security.KeyPair pair = generators.get().generateKeyPair();
    return new Pair(pair.getPrivate(), raw(pair.getPublic()));
  }

  @Override
  public KeyPair of(Secret privateKey) {
    byte[] encoded = join(PKCS8_PREFIX, privateKey.expose());
    PrivateKey key = call(() -> keys.generatePrivate(new PKCS8EncodedKeySpec(encoded)));
    Arrays.fill(encoded, (byte) 0);
    byte[] base = new byte[LENGTH];
    base[0] = 9;
    byte[] publicKey = new byte[LENGTH];
    agree(key, base)
        .ifPresent(shared -> System.arraycopy(shared.expose(), 0, publicKey, 0, LENGTH));
    return new Pair(key, publicKey);
  }

  private Optional<Secret> agree(PrivateKey key, byte[] peerPublicKey) {
    KeyAgreement agreement = agreements.get();
    try {
      agreement.init(key);
      agreement.doPhase(
          keys.generatePublic(new X509EncodedKeySpec(join(X509_PREFIX, peerPublicKey))), true);
      Secret shared = Secret.adopt(agreement.generateSecret());
      return Secret.equal(shared.expose(), new byte[LENGTH])
          ? Optional.empty()
          : Optional.of(shared);
    } catch (InvalidKeyException e) {
      return Optional.empty(); // BoringSSL refuses an all-zero result by itself
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("X25519 failed", e);
    }
  }

  private static byte[] raw(PublicKey key) {
    byte[] encoded = key.getEncoded();
    return Arrays.copyOfRange(encoded, encoded.length - LENGTH, encoded.length);
  }

  private static byte[] join(byte[] prefix, byte[] key) {
    byte[] joined = Arrays.copyOf(prefix, prefix.length + key.length);
    System.arraycopy(key, 0, joined, prefix.length, key.length);
    return joined;
  }

  private final class Pair implements KeyPair {
    private final PrivateKey key;
    private final byte[] publicKey;

    Pair(PrivateKey key, byte[] publicKey) {
      this.key = key;
      this.publicKey = publicKey;
    }

    @Override
    public byte[] publicKey() {
      return publicKey.clone();
    }

    @Override
    public Optional<Secret> agree(byte[] peerPublicKey) {
      return ConscryptX25519.this.agree(key, peerPublicKey);
    }

    @Override
    public void wipe() {
      try {
        key.destroy();
      } catch (DestroyFailedException e) {
        // The provider keeps it until it is collected; nothing more can be done from here.
        return;
      }
    }
  }

  @FunctionalInterface
  private interface Call<T> {
    T run() throws GeneralSecurityException;
  }

  private static <T> T call(Call<T> call) {
    try {
      return call.run();
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("Conscrypt has no X25519", e);
    }
  }
}
