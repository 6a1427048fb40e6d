package io.otakey.gateway;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/** Bytes that are looked for in files; here they lie disguised, so that memory has none of them. */
final class Needles {
  private static final byte DISGUISE = 0x5a;

  /** By the first two bytes of what they stand for. */
  private final Map<Integer, List<Needle>> all = new HashMap<>();

  private record Needle(String what, byte[] disguised) {}

  /** As they are, and as texts of them would be. */
  void add(String what, byte[] bytes) {
    addAsIs(what, bytes);
    addAsIs(what, ascii(HexFormat.of().formatHex(bytes)));
    addAsIs(what, ascii(HexFormat.of().withUpperCase().formatHex(bytes)));
    addAsIs(what, Base64.getEncoder().withoutPadding().encode(bytes));
    addAsIs(what, Base64.getUrlEncoder().withoutPadding().encode(bytes));
  }

  private void addAsIs(String what, byte[] bytes) {
    byte[] disguised = bytes.clone();
    for (int i = 0; i < disguised.length; i++) {
      disguised[i] ^= DISGUISE;
    }
    all.computeIfAbsent(start(bytes, 0), key -> new ArrayList<>()).add(new Needle(what, disguised));
  }

  /** What of them the file holds, anywhere. */
  Set<String> in(Path file) throws IOException {
    byte[] text = Files.readAllBytes(file);
    boolean[] begins = new boolean[1 << 16];
    all.keySet().forEach(start -> begins[start] = true);
    Set<String> found = new TreeSet<>();
    for (int i = 0; i + 1 < text.length; i++) {
      if (begins[start(text, i)]) {
        for (Needle needle : all.getOrDefault(start(text, i), List.of())) {
          if (isAt(text, i, needle.disguised())) {
            found.add(needle.what());
          }
        }
      }
    }
    return found;
  }

  private static boolean isAt(byte[] text, int from, byte[] disguised) {
    if (from + disguised.length > text.length) {
      return false;
    }
    for (int i = 0; i < disguised.length; i++) {
      if ((byte) (text[from + i] ^ DISGUISE) != disguised[i]) {
        return false;
      }
    }
    return true;
  }

  private static int start(byte[] text, int at) {
    return (text[at] & 0xff) << 8 | (text[at + 1] & 0xff);
  }

  private static byte[] ascii(String text) {
    return text.getBytes(StandardCharsets.US_ASCII);
  }
}
