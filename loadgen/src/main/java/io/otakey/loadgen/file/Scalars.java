package io.otakey.loadgen.file;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.math.BigDecimal;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Values of one word or line: what types there are, how they are read, what they must be. */
final class Scalars {
  static final String DURATION = "[0-9]+(\\.[0-9]+)?(ms|s|m|h)";
  static final String SHARE = "[0-9]+(\\.[0-9]+)?%";
  private static final double NO_BOUND = 1e9;
  private static final Pattern DURATIONS = Pattern.compile("([0-9]+(?:\\.[0-9]+)?)(ms|s|m|h)");

  private Scalars() {}

  /** What is wrong with a value. */
  static final class Wrong extends Exception {
    private static final long serialVersionUID = 1L;

    Wrong(String mustBe) {
      super(mustBe);
    }

    String text() {
      return String.valueOf(getMessage());
    }
  }

  static boolean isScalar(Class<?> type) {
    return type == String.class
        || type == int.class
        || type == long.class
        || type == double.class
        || type == boolean.class
        || type == Duration.class
        || type.isEnum()
        || parser(type).isPresent();
  }

  static Object read(Class<?> type, Field field, String text) throws Wrong {
    if (type == String.class) {
      check(field.pattern().isEmpty() || text.matches(field.pattern()), mustBe(type, field));
      return text;
    }
    if (type == boolean.class) {
      check(text.equals("true") || text.equals("false"), mustBe(type, field));
      return text.equals("true");
    }
    if (type.isEnum()) {
      return Arrays.stream(type.getEnumConstants())
          .filter(constant -> key(constant).equals(text))
          .findFirst()
          .orElseThrow(() -> new Wrong(mustBe(type, field)));
    }
    if (type == Duration.class) {
      return duration(field, text);
    }
    Optional<Method> parser = parser(type);
    return parser.isPresent() ? parse(parser.get(), text) : number(type, field, text);
  }

  /** What such a value must be, in words. */
  static String mustBe(Class<?> type, Field field) {
    if (type == boolean.class) {
      return "true or false";
    }
    if (type.isEnum()) {
      return "one of " + String.join(", ", keys(type));
    }
    if (type == String.class) {
      return field.words().isEmpty() ? "text" : field.words();
    }
    Optional<Method> parser = type == Duration.class ? Optional.empty() : parser(type);
    if (parser.isPresent()) {
      return formOf(parser.get());
    }
    String bounds =
        field.max() == NO_BOUND
            ? ", " + plain(field.min()) + "%s or more"
            : " from " + plain(field.min()) + " to " + plain(field.max()) + "%s";
    if (type == Duration.class) {
      String comma = bounds.startsWith(",") ? "" : ",";
      return "a time, as 500ms, 2s, 5m or 1h" + comma + bounds.formatted(" seconds");
    }
    bounds = bounds.formatted("");
    return (type == double.class ? "a number" : "a whole number") + bounds;
  }

  /** What a type that reads itself says of an empty text. */
  private static String formOf(Method parser) {
    try {
      parse(parser, "");
      return "text";
    } catch (Wrong wrong) {
      return wrong.text();
    }
  }

  static List<String> keys(Class<?> type) {
    return Arrays.stream(type.getEnumConstants()).map(Scalars::key).toList();
  }

  static String key(Object constant) {
    return ((Enum<?>) constant).name().toLowerCase(Locale.ROOT).replace('_', '-');
  }

  private static Object number(Class<?> type, Field field, String text) throws Wrong {
    try {
      String digits = text.replace("_", "");
      double value = type == double.class ? decimal(digits) : (double) Long.parseLong(digits);
      check(value >= field.min() && value <= field.max(), mustBe(type, field));
      if (type == double.class) {
        return value;
      }
      return type == int.class ? (Object) (int) value : (Object) Long.parseLong(digits);
    } catch (NumberFormatException e) {
      throw new Wrong(mustBe(type, field));
    }
  }

  /** A number, or a share as 5%. */
  private static double decimal(String text) {
    return text.matches(SHARE)
        ? Double.parseDouble(text.substring(0, text.length() - 1)) / 100
        : Double.parseDouble(text);
  }

  private static Duration duration(Field field, String text) throws Wrong {
    Matcher found = DURATIONS.matcher(text);
    check(found.matches(), mustBe(Duration.class, field));
    double millis =
        Double.parseDouble(found.group(1))
            * switch (found.group(2)) {
              case "ms" -> 1;
              case "s" -> 1000;
              case "m" -> 60_000;
              default -> 3_600_000;
            };
    check(
        millis >= field.min() * 1000 && millis <= field.max() * 1000,
        mustBe(Duration.class, field));
    return Duration.ofMillis(Math.round(millis));
  }

  /** Types of one line that read themselves: a static {@code parse} of a text. */
  static Optional<Method> parser(Class<?> type) {
    return Arrays.stream(type.getDeclaredMethods())
        .filter(method -> method.getName().equals("parse"))
        .filter(method -> Modifier.isStatic(method.getModifiers()))
        .filter(method -> method.getReturnType() == type)
        .findFirst();
  }

  private static Object parse(Method parser, String text) throws Wrong {
    try {
      return parser.invoke(null, text);
    } catch (InvocationTargetException e) {
      if (e.getCause() instanceof IllegalArgumentException wrong) {
        throw new Wrong(String.valueOf(wrong.getMessage()));
      }
      throw new IllegalStateException(e);
    } catch (IllegalAccessException e) {
      throw new IllegalStateException(e);
    }
  }

  private static void check(boolean holds, String mustBe) throws Wrong {
    if (!holds) {
      throw new Wrong(mustBe);
    }
  }

  private static String plain(double value) {
    return value == Math.rint(value) && Math.abs(value) < 1e15
        ? Long.toString((long) value)
        : BigDecimal.valueOf(value).stripTrailingZeros().toPlainString();
  }
}
