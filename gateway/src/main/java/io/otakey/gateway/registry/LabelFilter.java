package io.otakey.gateway.registry;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Which devices, by their labels.
 *
 * @param conditions every one must hold
 * @param groups the device is in one of these at least; empty = in any or none
 */
public record LabelFilter(List<Condition> conditions, Set<String> groups) {
  /** Every device. */
  public static final LabelFilter ALL = new LabelFilter(List.of(), Set.of());

  /** Most conditions, and most groups. */
  public static final int MOST = 16;

  /** What a condition looks like, for messages. */
  public static final String FORMS =
      "NAME=VALUE, NAME!=VALUE, 'NAME in (VALUE,VALUE)', 'NAME notin (VALUE,VALUE)', NAME or !NAME";

  /** What of a label must hold. */
  public enum Kind {
    /** It has one of the values. */
    IN,
    /** It has none of the values, or is not there. */
    NOT_IN,
    /** It is there. */
    PRESENT,
    /** It is not there. */
    ABSENT
  }

  /**
   * One condition, as Kubernetes writes them.
   *
   * @param values empty unless it is about values
   */
  public record Condition(String key, Kind kind, List<String> values) {
    private static final int MAX_VALUES = 32;
    private static final Pattern EQUALITY = Pattern.compile("([^=!\\s]+)\\s*(==?|!=)\\s*(\\S*)");
    private static final Pattern SET = Pattern.compile("(\\S+)\\s+(in|notin)\\s+\\(([^()]*)\\)");

    /** Copies the list. */
    public Condition {
      values = List.copyOf(values);
    }

    /** Reads one of the {@link #FORMS}. */
    public static Optional<Condition> parse(String text) {
      String given = text.strip();
      Matcher equality = EQUALITY.matcher(given);
      if (equality.matches()) {
        Kind kind = equality.group(2).equals("!=") ? Kind.NOT_IN : Kind.IN;
        return valid(new Condition(equality.group(1), kind, List.of(equality.group(3))));
      }
      Matcher set = SET.matcher(given);
      if (set.matches()) {
        Kind kind = set.group(2).equals("in") ? Kind.IN : Kind.NOT_IN;
        List<String> values = new ArrayList<>();
        for (String value : set.group(3).split(",", -1)) {
          values.add(value.strip());
        }
        return valid(new Condition(set.group(1), kind, values));
      }
      boolean not = given.startsWith("!");
      String key = not ? given.substring(1).strip() : given;
      return valid(new Condition(key, not ? Kind.ABSENT : Kind.PRESENT, List.of()));
    }

    private static Optional<Condition> valid(Condition read) {
      boolean valid =
          Labels.isKey(read.key)
              && read.values.size() <= MAX_VALUES
              && read.values.stream().allMatch(Labels::isValue);
      return valid ? Optional.of(read) : Optional.empty();
    }

    /** What {@link #parse} reads. */
    public String text() {
      return switch (kind) {
        case PRESENT -> key;
        case ABSENT -> "!" + key;
        case IN ->
            values.size() == 1
                ? key + "=" + values.get(0)
                : key + " in (" + String.join(",", values) + ")";
        case NOT_IN ->
            values.size() == 1
                ? key + "!=" + values.get(0)
                : key + " notin (" + String.join(",", values) + ")";
      };
    }
  }

  /** Copies the collections. */
  public LabelFilter {
    conditions = List.copyOf(conditions);
    groups = Set.copyOf(groups);
  }

  /** Whether it leaves nobody out. */
  public boolean isAll() {
    return conditions.isEmpty() && groups.isEmpty();
  }

  /** The conditions as texts. */
  public List<String> texts() {
    return conditions.stream().map(Condition::text).toList();
  }

  /** Of texts that are known to be conditions. */
  public static LabelFilter of(List<String> texts, Set<String> groups) {
    return new LabelFilter(
        texts.stream().map(text -> Condition.parse(text).orElseThrow()).toList(), groups);
  }

  /** A sentence for everything that is outside its range. */
  public List<String> problems() {
    List<String> problems = new ArrayList<>();
    if (conditions.size() > MOST || groups.size() > MOST) {
      problems.add("more than " + MOST + " conditions on labels, or groups");
    }
    if (!groups.stream().allMatch(Labels::isGroup)) {
      problems.add("a name of a group must match [A-Za-z0-9._/-]{1,57}");
    }
    return problems;
  }
}
