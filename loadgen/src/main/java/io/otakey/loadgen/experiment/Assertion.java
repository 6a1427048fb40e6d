package io.otakey.loadgen.experiment;

import io.otakey.loadgen.experiment.Figure.Unit;
import io.otakey.loadgen.file.Nearest;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * What must hold at the end: {@code bricked == 0}, {@code enroll.p99 < 2s}, {@code enrolled ==
 * devices}, {@code growth.gateway-cpu < 1.5}.
 *
 * @param text as it was written
 * @param left name of a figure, with a phase or "growth" in front of it
 * @param right such a name, or empty if there is a number
 * @param number in milliseconds, bytes, or as it is
 * @param suffix the number's unit
 */
public record Assertion(
    String text, String left, String operator, String right, double number, String suffix) {
  private static final String NAME = "[a-z][a-z0-9-]*(?:\\.[a-z][a-z0-9-]*)?";
  private static final Pattern FORM =
      Pattern.compile(
          "(" + NAME + ")\\s*(==|!=|<=|>=|<|>)\\s*(?:(" + NAME + ")|([0-9._]+)\\s*([A-Za-z%/]*))");
  private static final String GROWTH = "growth";
  private static final Map<String, Double> FACTORS =
      Map.of(
          "us", 1e-3, "ms", 1.0, "s", 1e3, "m", 6e4, "h", 3.6e6, "%", 0.01, "KB", 1024.0, "MB",
          1048576.0);

  /**
   * Reads one.
   *
   * @throws IllegalArgumentException if it is none, saying what it must be
   */
  public static Assertion parse(String text) {
    Matcher form = FORM.matcher(text);
    if (!form.matches()) {
      throw new IllegalArgumentException(
          "FIGURE OPERATOR VALUE, as \"p99 < 2s\" or \"enrolled == devices\"");
    }
    String digits = form.group(4);
    String suffix = digits == null ? "" : form.group(5);
    try {
      double number = digits == null ? 0 : Double.parseDouble(digits.replace("_", ""));
      return new Assertion(
          text,
          form.group(1),
          form.group(2),
          digits == null ? form.group(3) : "",
          number * FACTORS.getOrDefault(suffix, 1.0),
          suffix);
    } catch (NumberFormatException e) {
      throw new IllegalArgumentException("a comparison with a number; " + digits + " is none", e);
    }
  }

  /**
   * What is wrong with it in an experiment.
   *
   * @param phases their names
   * @param groups names of groups, where there are several
   */
  Optional<String> problem(List<String> phases, List<String> groups, boolean varies) {
    Optional<String> unknown =
        Stream.of(left, right)
            .filter(name -> !name.isEmpty())
            .flatMap(name -> unknown(name, phases, groups, varies).stream())
            .findFirst();
    if (unknown.isPresent() || !right.isEmpty()) {
      return unknown;
    }
    Unit unit = isGrowth(left) ? Unit.COUNT : figure(left).orElseThrow().unit();
    return unit.has(suffix)
        ? Optional.empty()
        : Optional.of(
            "compares "
                + left
                + " with "
                + text.substring(text.indexOf(operator) + operator.length()).strip()
                + ", but it is "
                + unit.words());
  }

  private static Optional<String> unknown(
      String name, List<String> phases, List<String> groups, boolean varies) {
    Optional<Figure> figure = figure(name);
    if (figure.isEmpty()) {
      List<String> known = Stream.of(Figure.values()).map(Figure::key).toList();
      String own = name.substring(name.indexOf('.') + 1);
      return Optional.of(
          "names "
              + name
              + ", which is no figure; there are "
              + String.join(", ", known)
              + Nearest.hint(own, known));
    }
    int dot = name.indexOf('.');
    if (isGrowth(name)) {
      return varies
          ? Optional.empty()
          : Optional.of("names " + name + ", but nothing is varied: vary, or remove it");
    }
    if (dot < 0) {
      return Optional.empty();
    }
    String of = name.substring(0, dot);
    if (phases.contains(of)) {
      return figure.get().isOfPhases()
          ? Optional.empty()
          : Optional.of("names " + name + ", but phases have no such figure: leave the phase out");
    }
    if (groups.contains(of)) {
      return figure.get().isOfGroups()
          ? Optional.empty()
          : Optional.of("names " + name + ", but groups have no such figure: leave the group out");
    }
    return Optional.of(
        "names "
            + name
            + ", which is of none of the phases: "
            + String.join(", ", phases)
            + (groups.isEmpty() ? "" : ", and none of the groups: " + String.join(", ", groups))
            + Nearest.hint(of, Stream.of(phases, groups).flatMap(List::stream).toList()));
  }

  private static Optional<Figure> figure(String name) {
    return Figure.of(name.substring(name.indexOf('.') + 1));
  }

  private static boolean isGrowth(String name) {
    return name.startsWith(GROWTH + ".");
  }

  /** Whether it is about all values of what is varied, not about each. */
  boolean isOfSeries() {
    return isGrowth(left) || isGrowth(right);
  }

  /**
   * Whether it holds.
   *
   * @param figures by name
   */
  boolean holds(Map<String, Double> figures) {
    OptionalDouble first = of(left, figures);
    OptionalDouble second = right.isEmpty() ? OptionalDouble.of(number) : of(right, figures);
    if (first.isEmpty() || second.isEmpty()) {
      return false;
    }
    int order = Double.compare(first.getAsDouble(), second.getAsDouble());
    return switch (operator) {
      case "==" -> order == 0;
      case "!=" -> order != 0;
      case "<" -> order < 0;
      case "<=" -> order <= 0;
      case ">" -> order > 0;
      default -> order >= 0;
    };
  }

  private static OptionalDouble of(String name, Map<String, Double> figures) {
    Double value = figures.get(name);
    return value == null ? OptionalDouble.empty() : OptionalDouble.of(value);
  }
}
