package io.otakey.protocol.wire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.junit.jupiter.api.Test;

/** What the CBOR reader refuses, and what it skips. */
class CborReaderTest {
  @Test
  void document_thatIsNotOneMapWithUnsignedKeys_isRefused() {
    refused("", "empty");
    refused("00", "a number");
    refused("80", "an array");
    refused("c1a0", "a tagged map");
    refused("a0a0", "trailing bytes");
    refused("a1", "truncated");
    refused("a101", "truncated");
    refused("a12000", "a negative key");
    refused("a1616100", "a text key");
    refused("a1410000", "a byte string as key");
  }

  @Test
  void indefiniteLengths_areRefusedEverywhere() {
    refused("bf0100ff", "map");
    refused("a1019f00ff", "array");
    refused("a1015f4100ff", "byte string");
    refused("a1017f6100ff", "text");
    refused("a101bf0000ff", "nested map");
    refused("a101ff", "break alone");
  }

  @Test
  void duplicateKeys_areRefusedEverywhere() {
    refused("a201000100", "top level");
    refused("a20100180100", "top level, one written long");
    refused("a101a200000000", "inside a skipped map");
    refused("a101a2617a00617a00", "text keys inside a skipped map");
    accepted("a101a200000100");
  }

  @Test
  void nesting_isRefusedBelowTheFourthLevel() {
    accepted("a10181" + "81" + "80");
    refused("a10181" + "81" + "8180", "arrays");
    accepted("a101a100a100a0");
    refused("a101a100a100a100a0", "maps");
    refused("a101c1c1c1c100", "tags");
  }

  @Test
  void illFormedHeads_areRefused() {
    for (int low = 28; low <= 30; low++) {
      for (int major = 0; major < 8; major++) {
        refused("a101" + String.format("%02x", (major << 5) | low), "reserved head");
      }
    }
    refused("a101f81f", "simple value below 32 in two bytes");
    refused("a1015bffffffffffffffff00", "a string of 2^64 - 1 bytes");
    refused("a1019bffffffffffffffff", "an array of 2^64 - 1 items");
    refused("a1018401", "an array that ends early");
    refused("a1014200", "half a string");
  }

  @Test
  void knownTypes_areChecked() throws MalformedFrameException {
    assertThatThrownBy(() -> new CborReader(hex("61ff")).text(0, 4))
        .as("text that is not UTF-8")
        .isInstanceOf(MalformedFrameException.class);
    assertThatThrownBy(() -> new CborReader(hex("1b8000000000000000")).unsigned(Long.MAX_VALUE))
        .as("a number of 64 bits")
        .isInstanceOf(MalformedFrameException.class);
    assertThat(new CborReader(hex("1affffffff")).unsigned(0xffff_ffffL)).isEqualTo(0xffff_ffffL);
  }

  /** A well-formed value of any shape, no deeper than so many levels. */
  private static Arbitrary<byte[]> value(int depth) {
    Arbitrary<byte[]> number = head(0, 1L << 40);
    Arbitrary<byte[]> negative = head(1, 1L << 40);
    Arbitrary<byte[]> bytes =
        Arbitraries.bytes()
            .array(byte[].class)
            .ofMaxSize(30)
            .map(b -> join(written(2, b.length), b));
    Arbitrary<byte[]> text =
        Arbitraries.strings()
            .ofMaxLength(12)
            .map(s -> s.getBytes(java.nio.charset.StandardCharsets.UTF_8))
            .map(b -> join(written(3, b.length), b));
    Arbitrary<byte[]> simple =
        Arbitraries.of(
                "f4",
                "f5",
                "f6",
                "f7",
                "e0",
                "f0",
                "f820",
                "f8ff",
                "f93c00",
                "fa47c35000",
                "fb3ff199999999999a")
            .map(CborReaderTest::hex);
    Arbitrary<byte[]> flat = Arbitraries.oneOf(number, negative, bytes, text, simple);
    if (depth == 0) {
      return flat;
    }
    Arbitrary<byte[]> inner = value(depth - 1);
    Arbitrary<byte[]> array =
        inner.list().ofMaxSize(3).map(items -> join(written(4, items.size()), items));
    Arbitrary<byte[]> map =
        inner.list().ofMaxSize(3).map(items -> join(written(5, items.size()), keyed(items)));
    Arbitrary<byte[]> tag = inner.map(item -> join(written(6, 1), item));
    return Arbitraries.oneOf(flat, array, map, tag);
  }

  @Provide
  Arbitrary<byte[]> unknownValue() {
    return value(3);
  }

  @Property(tries = 2000)
  void unknownKey_isSkippedWhateverWellFormedValueItHas(@ForAll("unknownValue") byte[] value)
      throws MalformedFrameException {
    byte[] document = join(hex("a3010517"), value, hex("18c807"));
    List<Long> keys = new ArrayList<>();
    CborReader.document(
        document,
        (key, in) -> {
          keys.add(key);
          if (key == 1) {
            assertThat(in.unsigned(9)).isEqualTo(5);
          } else {
            in.skip();
          }
        });
    assertThat(keys).containsExactly(1L, 23L, 200L);
    for (int length = 0; length < document.length; length++) {
      byte[] truncated = java.util.Arrays.copyOf(document, length);
      assertThatThrownBy(() -> read(truncated)).isInstanceOf(MalformedFrameException.class);
    }
  }

  @Property(tries = 5000)
  void garbage_endsInOneException(@ForAll byte[] garbage) {
    try {
      read(garbage);
    } catch (MalformedFrameException e) {
      assertThat(e.getStackTrace()).isEmpty();
    }
  }

  private static Arbitrary<byte[]> head(int major, long max) {
    return Arbitraries.longs().between(0, max).map(n -> written(major, n));
  }

  private static byte[] written(int major, long number) {
    int first = major << 5;
    if (number < 24) {
      return new byte[] {(byte) (first | number)};
    }
    if (number < 256) {
      return new byte[] {(byte) (first | 24), (byte) number};
    }
    byte[] bytes = new byte[9];
    bytes[0] = (byte) (first | 27);
    java.nio.ByteBuffer.wrap(bytes).putLong(1, number);
    return bytes;
  }

  private static byte[] keyed(List<byte[]> items) {
    byte[] all = {};
    for (int i = 0; i < items.size(); i++) {
      all = join(all, written(0, i), items.get(i));
    }
    return all;
  }

  private static byte[] join(byte[] head, List<byte[]> items) {
    byte[] all = head;
    for (byte[] item : items) {
      all = join(all, item);
    }
    return all;
  }

  private static byte[] join(byte[]... parts) {
    java.io.ByteArrayOutputStream out = new java.io.ByteArrayOutputStream();
    for (byte[] part : parts) {
      out.writeBytes(part);
    }
    return out.toByteArray();
  }

  private static void read(byte[] document) throws MalformedFrameException {
    CborReader.document(document, (key, in) -> in.skip());
  }

  private static void accepted(String document) {
    try {
      read(hex(document));
    } catch (MalformedFrameException e) {
      throw new AssertionError(document + " was refused", e);
    }
  }

  private static void refused(String document, String why) {
    assertThatThrownBy(() -> read(hex(document)))
        .as(why)
        .isInstanceOf(MalformedFrameException.class);
  }

  private static byte[] hex(String text) {
    return HexFormat.of().parseHex(text);
  }
}
