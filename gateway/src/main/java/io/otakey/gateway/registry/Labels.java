package io.otakey.gateway.registry;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.regex.Pattern;

/**
 * Labels of devices: names with values, for operators alone; no device hears of them. One whose
 * name begins with {@link #GROUP} is a group that the device is in.
 */
public final class Labels {
  /** Most labels of one device. */
  public static final int MOST = 16;

  /** Longest name, longest value. */
  public static final int MAX_LENGTH = 63;

  /** How names of groups begin. */
  public static final String GROUP = "group/";

  /** Form of a name, for messages. */
  public static final String KEY_FORM = "[A-Za-z0-9][A-Za-z0-9._/-]{0,62}";

  /** Form of a value that is not empty, for messages. Nothing in it needs quotes anywhere. */
  public static final String VALUE_FORM = "[A-Za-z0-9][A-Za-z0-9._:/@-]{0,62}";

  /** Between labels that are written as one text. */
  public static final String SEPARATOR = ";";

  private static final Pattern KEY = Pattern.compile(KEY_FORM);
  private static final Pattern VALUE = Pattern.compile(VALUE_FORM);

  private Labels() {}

  /** Whether it can be a name. */
  public static boolean isKey(String text) {
    return KEY.matcher(text).matches();
  }

  /** Whether it can be a value; a label may have none. */
  public static boolean isValue(String text) {
    return text.isEmpty() || VALUE.matcher(text).matches();
  }

  /** Whether it can be the name of a group. */
  public static boolean isGroup(String name) {
    return isKey(GROUP + name);
  }

  /** A sentence for everything that is wrong with these labels of a device. */
  public static List<String> problems(Map<String, String> labels) {
    List<String> problems = new ArrayList<>();
    if (labels.size() > MOST) {
      problems.add("has more than " + MOST + " labels: a device has so many at most");
    }
    if (!labels.keySet().stream().allMatch(Labels::isKey)) {
      problems.add("has a label whose name does not match " + KEY_FORM);
    }
    if (!labels.values().stream().allMatch(Labels::isValue)) {
      problems.add("has a label whose value is not empty and does not match " + VALUE_FORM);
    }
    return problems;
  }

  /** {@code name=value}, or the name alone. */
  public static String text(String key, String value) {
    return value.isEmpty() ? key : key + "=" + value;
  }

  /** All of them as one text, by name. */
  public static String text(Map<String, String> labels) {
    List<String> texts = new ArrayList<>();
    new TreeMap<>(labels).forEach((key, value) -> texts.add(text(key, value)));
    return String.join(SEPARATOR, texts);
  }

  /** What {@link #text(Map)} wrote; empty if a name is there twice. Forms are not looked at. */
  public static Optional<Map<String, String>> parse(String text) {
    Map<String, String> labels = new TreeMap<>();
    for (String label : text.split(SEPARATOR, -1)) {
      int equals = label.indexOf('=');
      String key = (equals < 0 ? label : label.substring(0, equals)).strip();
      String value = equals < 0 ? "" : label.substring(equals + 1).strip();
      if (!label.isBlank() && labels.put(key, value) != null) {
        return Optional.empty();
      }
    }
    return Optional.of(labels);
  }
}
