package io.otakey.protocol.crypto;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;

/** Both providers of X25519 are one function. */
class X25519Test {
  private static final X25519 NATIVE = new ConscryptX25519();
  private static final X25519 JAVA = new BouncyCastleX25519();

  /** Points of small order, in every encoding below 2^255, and some that only look like them. */
  private static final List<String> SMALL_ORDER =
      List.of(
          "0000000000000000000000000000000000000000000000000000000000000000",
          "0100000000000000000000000000000000000000000000000000000000000000",
          "e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800",
          "5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157",
          "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
          "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
          "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f");

  @Test
  void choose_takesConscryptHere() {
    assertThat(X25519.choose().x25519().provider()).startsWith("Conscrypt");
    assertThat(X25519.choose().notes()).isEmpty();
  }

  @Test
  void vectorsOfRfc7748_areReproduced() {
    agrees(
        "a546e36bf0527c9d3b16154b82465edd62144c0ac1fc5a18506a2244ba449ac4",
        "e6db6867583030db3594c1a424b15f7c726624ec26b3353b10a903a6d0ab1c4c",
        "c3da55379de9c6908e94ea4df28d084f32eccf03491c71f754b4075577a28552");
    agrees(
        "4b66e9d4d1b4673c5ad22691957d6af5c11b6421e0ea01d42ca4169e7918ba0d",
        "e5210f12786811d3f4b7959d0538ae2c31dbe7106fc03c3efc4cd549c715a493",
        "95cbde9476e8907d7aade45cb4b873f88b595a68799fa152e6f8f7647aac7957");
  }

  @Test
  void allZeroResult_isRefusedByBoth() {
    for (String point : SMALL_ORDER) {
      byte[] peer = hex(point);
      byte[] withTopBit = peer.clone();
      withTopBit[31] |= (byte) 0x80;
      for (X25519 x25519 : List.of(NATIVE, JAVA)) {
        assertThat(x25519.generate().agree(peer)).as(point).isEmpty();
        assertThat(x25519.generate().agree(withTopBit)).as(point + " with bit 255").isEmpty();
      }
    }
  }

  @Test
  void edgeInputs_giveTheSameResult() {
    byte[] scalar = hex("a546e36bf0527c9d3b16154b82465edd62144c0ac1fc5a18506a2244ba449ac4");
    for (int fill : new int[] {0x02, 0x7f, 0x80, 0xff}) {
      byte[] peer = new byte[32];
      java.util.Arrays.fill(peer, (byte) fill);
      same(scalar, peer);
      same(peer, scalar);
    }
    byte[] aboveTheField = hex("f0ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f");
    same(scalar, aboveTheField);
  }

  @Property(tries = 500)
  void randomInputs_giveTheSameResult(
      @ForAll @Size(32) byte[] scalar, @ForAll @Size(32) byte[] peer) {
    same(scalar, peer);
  }

  @Test
  void generatedKeys_agreeAcrossProviders_andAreFresh() {
    X25519.KeyPair left = NATIVE.generate();
    X25519.KeyPair right = JAVA.generate();
    assertThat(left.agree(right.publicKey())).isPresent().isEqualTo(right.agree(left.publicKey()));
    assertThat(NATIVE.generate().publicKey()).isNotEqualTo(left.publicKey());
    assertThat(JAVA.generate().publicKey()).isNotEqualTo(right.publicKey());
  }

  @Test
  void publicKey_isACopy() {
    X25519.KeyPair pair = JAVA.generate();
    pair.publicKey()[0] ^= 1;
    assertThat(pair.publicKey()).isEqualTo(pair.publicKey());
    assertThat(JAVA.generate().agree(pair.publicKey())).isPresent();
  }

  private static void same(byte[] scalar, byte[] peer) {
    X25519.KeyPair left = NATIVE.of(Secret.copyOf(scalar));
    X25519.KeyPair right = JAVA.of(Secret.copyOf(scalar));
    assertThat(left.publicKey()).isEqualTo(right.publicKey());
    assertThat(left.agree(peer)).isEqualTo(right.agree(peer));
  }

  private static void agrees(String scalar, String peer, String result) {
    for (X25519 x25519 : List.of(NATIVE, JAVA)) {
      assertThat(x25519.of(Secret.adopt(hex(scalar))).agree(hex(peer)))
          .isEqualTo(Optional.of(Secret.adopt(hex(result))));
    }
  }

  private static byte[] hex(String text) {
    return HexFormat.of().parseHex(text);
  }
}
