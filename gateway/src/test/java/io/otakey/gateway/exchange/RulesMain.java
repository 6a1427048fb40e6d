package io.otakey.gateway.exchange;

import io.otakey.protocol.crypto.Secret;
import io.otakey.protocol.crypto.X25519;
import io.otakey.protocol.key.FrameKey;
import io.otakey.protocol.wire.DeviceRef;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The device's rules, as the models have them, the device in Java has them and the device in C has
 * them; formal/run's twin, run by scripts/formal.sh.
 *
 * <pre>
 * RulesMain DEVICE FORMAL DEPTH
 * </pre>
 *
 * Each row of FORMAL/device-rules.txt must hold for both devices; each transition of a device in
 * the models names its rows, and each row is named. Then every word of so many answers must make
 * both devices ask the same; 0: none.
 */
public final class RulesMain {
  private static final DeviceRef REF = new DeviceRef("walk", "d1");
  private static final Pattern TAG = Pattern.compile("\\[(D\\d+)]");

  private final X25519 curve = X25519.choose().x25519();
  private final X25519.KeyPair gateway = curve.generate();
  private final FrameKey productKey = FrameKey.shareable(Secret.adopt(new byte[32]));
  private final Map<String, RuleBook> devices = new TreeMap<>();
  private int passed;
  private int failed;

  private RulesMain(WalkedDevice c) {
    var key = RuleBook.gatewayKey(gateway);
    devices.put("C", book(new RuledDevice.InC(c, REF, productKey, key)));
    devices.put("Java", book(new RuledDevice.InJava(REF, productKey, key, curve)));
  }

  private RuleBook book(RuledDevice device) {
    return new RuleBook(device, productKey, gateway, curve);
  }

  /** See above. Ends with 1 if anything failed. */
  public static void main(String[] args) throws IOException {
    try (WalkedDevice c = new WalkedDevice(Path.of(args[0]))) {
      RulesMain main = new RulesMain(c);
      Map<String, String> rows = main.rows(Path.of(args[1], "device-rules.txt"));
      main.tags(rows, Path.of(args[1]));
      rows.forEach(main::check);
      main.compare(Integer.parseInt(args[2]));
      System.out.printf("rules: %d passed, %d failed%n", main.passed, main.failed);
      System.exit(main.failed == 0 ? 0 : 1);
    }
  }

  private void count(boolean good, String what) {
    passed += good ? 1 : 0;
    failed += good ? 0 : 1;
    if (!good) {
      System.out.println("FAILED " + what);
    }
  }

  private Map<String, String> rows(Path file) throws IOException {
    Map<String, String> rows = new TreeMap<>();
    for (String line : Files.readAllLines(file)) {
      if (!line.isBlank() && !line.startsWith("#")) {
        int colon = line.indexOf(':');
        rows.put(line.substring(0, colon), line.substring(colon + 1).trim());
      }
    }
    return rows;
  }

  private void tags(Map<String, String> rows, Path folder) throws IOException {
    TreeSet<String> named = new TreeSet<>();
    for (String model : List.of("updates.pml", "recovery.pml")) {
      for (String line : Files.readAllLines(folder.resolve(model))) {
        Matcher tag = TAG.matcher(line);
        boolean tagged = false;
        while (tag.find()) {
          named.add(tag.group(1));
          tagged = true;
        }
        if (line.contains(":: atomic") && line.contains("printf(\"dev: ")) {
          count(tagged, model + ": a device's transition names no row: " + line.trim());
        }
      }
    }
    count(named.equals(rows.keySet()), "models name " + named + ", rows are " + rows.keySet());
  }

  /** {@code ASK answer; ASK answer => ASK}, on both devices. */
  private void check(String number, String row) {
    String[] sides = row.split("=>", -1);
    devices.forEach(
        (name, device) -> {
          String asked = device.begin();
          for (String pair : sides[0].split(";", -1)) {
            int blank = pair.trim().lastIndexOf(' ');
            String expected = pair.trim().substring(0, blank);
            if (!asked.equals(expected)) {
              count(false, number + " in " + name + ": asks " + asked + ", not " + expected);
              return;
            }
            asked = device.answer(pair.trim().substring(blank + 1));
          }
          String last = sides[1].trim();
          count(asked.equals(last), number + " in " + name + ": asks " + asked + ", not " + last);
        });
  }

  /** Every word, from the first ENROLL on. */
  private void compare(int depth) {
    List<List<String>> words = new ArrayList<>();
    words.add(List.of());
    int compared = 0;
    while (!words.isEmpty()) {
      List<String> word = words.remove(words.size() - 1);
      Map<String, String> next = new TreeMap<>();
      devices.forEach((name, device) -> next.put(name, run(device, word)));
      compared++;
      if (Set.copyOf(next.values()).size() > 1) {
        count(false, "after " + word + " they ask " + next);
        continue;
      }
      String asked = next.values().iterator().next();
      if (word.size() < depth) {
        for (String answer : RuleBook.answers(asked)) {
          if (answer.equals("4") && asked.equals("ENROLL") && word.contains("day")) {
            continue; // then it waits for up to another day, and chance says what is due after it
          }
          List<String> longer = new ArrayList<>(word);
          longer.add(answer);
          words.add(longer);
        }
      }
    }
    count(depth == 0 || compared > 100, "too few words");
    System.out.println("rules: " + compared + " words of up to " + depth + " answers compared");
  }

  private static String run(RuleBook device, List<String> word) {
    String asked = device.begin();
    for (String answer : word) {
      asked = device.answer(answer);
    }
    return asked;
  }
}
