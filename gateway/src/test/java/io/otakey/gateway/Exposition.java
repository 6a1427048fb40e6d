package io.otakey.gateway;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** What /metrics says, line by line. */
final class Exposition {
  private static final Pattern LINE =
      Pattern.compile("([a-zA-Z_:]+[a-zA-Z0-9_:]*)(?:\\{(.*)})? (\\S+)");
  private static final Pattern LABEL =
      Pattern.compile("([a-zA-Z0-9_]+)=\"((?:[^\"\\\\]|\\\\.)*)\"");

  private final Map<String, String> types = new HashMap<>();
  private final List<Sample> samples = new ArrayList<>();

  /**
   * One line.
   *
   * @param family the name that its type was given for
   */
  record Sample(String name, String family, Map<String, String> labels, double value) {}

  private Exposition() {}

  static Exposition parse(String text) {
    Exposition exposition = new Exposition();
    String family = "";
    for (String line : text.lines().toList()) {
      if (line.startsWith("# TYPE ")) {
        int end = line.lastIndexOf(' ');
        family = line.substring("# TYPE ".length(), end);
        exposition.types.put(family, line.substring(end + 1));
      } else if (!line.startsWith("#") && !line.isBlank()) {
        exposition.samples.add(sample(line, family));
      }
    }
    return exposition;
  }

  private static Sample sample(String line, String family) {
    Matcher matcher = LINE.matcher(line);
    if (!matcher.matches()) {
      throw new AssertionError("not a sample: " + line);
    }
    Map<String, String> labels = new TreeMap<>();
    Matcher label = LABEL.matcher(matcher.group(2) == null ? "" : matcher.group(2));
    while (label.find()) {
      labels.put(label.group(1), label.group(2));
    }
    return new Sample(
        matcher.group(1),
        family,
        labels,
        Double.parseDouble(matcher.group(3).replace("Inf", "Infinity")));
  }

  List<Sample> samples() {
    return samples;
  }

  /** Families with their types. */
  Map<String, String> types() {
    return types;
  }
}
