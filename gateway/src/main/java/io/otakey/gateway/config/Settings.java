package io.otakey.gateway.config;

import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Function;

/**
 * Reads settings one by one from a flat map of dotted names, each overridable by an environment
 * variable, and keeps account: of problems, of what is effective, and of names nobody asked for.
 */
final class Settings {
  private static final String ENV_PREFIX = "OTAKEY_";

  private final Map<String, Object> file;
  private final Map<String, String> environment;
  private final List<String> problems = new ArrayList<>();
  private final Map<String, Setting> asked = new LinkedHashMap<>();

  /**
   * One setting as it came out.
   *
   * @param form which texts it takes
   * @param value what is effective, as text; secrets redacted
   * @param source default, file or environment
   */
  record Setting(String name, Form form, String value, String source, String fallback, String doc) {
    /** The doc, with what the form adds. */
    String fullDoc() {
      return doc + (form.range().isEmpty() ? "" : " (" + form.range() + ")");
    }
  }

  /**
   * Which texts a setting takes.
   *
   * @param type as the reference names it
   * @param range what is beyond the type; empty = nothing
   */
  record Form(String type, String range) {
    static final Form TEXT = new Form("text", "");
    static final Form SECRET = new Form("secret", "");
    static final Form PATH = new Form("path", "");
    static final Form FLAG = new Form("flag", "true, false");
    static final Form LIST = new Form("list", "");

    static Form between(String type, int min, int max) {
      return new Form(type, min + " to " + max);
    }
  }

  /** A variable that is no setting of the gateway. */
  record Variable(String name, String doc) {}

  Settings(Map<String, Object> file, Map<String, String> environment) {
    this.file = new TreeMap<>(file);
    this.environment = environment;
  }

  String text(String name, String fallback, String doc) {
    return read(name, Form.TEXT, fallback, doc, text -> text);
  }

  Optional<String> optional(String name, String doc) {
    return optional(name, Form.TEXT, doc);
  }

  private Optional<String> optional(String name, Form form, String doc) {
    String value = read(name, form, "", doc, text -> text);
    return value.isEmpty() ? Optional.empty() : Optional.of(value);
  }

  /** Like {@link #optional}, but what it holds is never shown. */
  Optional<String> secret(String name, String doc) {
    Optional<String> value = optional(name, Form.SECRET, doc);
    value.ifPresent(
        text ->
            asked.computeIfPresent(
                name,
                (n, s) -> new Setting(n, s.form(), "***", s.source(), s.fallback(), s.doc())));
    return value;
  }

  Optional<Path> path(String name, String doc) {
    String text = read(name, Form.PATH, "", doc, given -> file(given).toString());
    return text.isEmpty() ? Optional.empty() : Optional.of(Path.of(text));
  }

  Path path(String name, Path fallback, String doc) {
    return read(name, Form.PATH, fallback, doc, text -> text.isEmpty() ? fallback : file(text));
  }

  private static Path file(String text) {
    try {
      return Path.of(text);
    } catch (InvalidPathException e) {
      throw new IllegalArgumentException("must be the name of a file", e);
    }
  }

  boolean flag(String name, boolean fallback, String doc) {
    return read(
        name,
        Form.FLAG,
        fallback,
        doc,
        text ->
            switch (text) {
              case "true" -> true;
              case "false" -> false;
              default -> throw new IllegalArgumentException("must be true or false");
            });
  }

  int number(String name, int fallback, int min, int max, String doc) {
    return number(name, Form.between("number", min, max), fallback, min, max, doc);
  }

  private int number(String name, Form form, int fallback, int min, int max, String doc) {
    return read(
        name,
        form,
        fallback,
        doc,
        text -> {
          int value = Integer.parseInt(text);
          if (value < min || value > max) {
            throw new IllegalArgumentException("must be " + min + " to " + max);
          }
          return value;
        });
  }

  Duration seconds(String name, Duration fallback, int min, int max, String doc) {
    return Duration.ofSeconds(
        number(
            name,
            Form.between("seconds", min, max),
            (int) fallback.toSeconds(),
            min,
            max,
            doc + ", in seconds"));
  }

  <E extends Enum<E>> E choice(String name, Class<E> type, E fallback, String doc) {
    String names =
        String.join(", ", Arrays.stream(type.getEnumConstants()).map(Settings::lower).toList());
    return read(
        name,
        new Form("choice", names),
        fallback,
        doc,
        text ->
            Arrays.stream(type.getEnumConstants())
                .filter(value -> lower(value).equals(text))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException("must be one of " + names)));
  }

  /** A list: in YAML a sequence, in the environment separated by commas. */
  <T> List<T> list(
      String name,
      List<T> fallback,
      Function<String, Optional<T>> parse,
      Function<T, String> print,
      String doc) {
    String byDefault = String.join(",", fallback.stream().map(print).toList());
    String text = read(name, Form.LIST, byDefault, doc, t -> t);
    List<T> values = new ArrayList<>();
    for (String item : text.isBlank() ? new String[0] : text.split(",", -1)) {
      parse
          .apply(item.trim())
          .ifPresentOrElse(
              values::add, () -> problem(name, "has an item that cannot be read: " + item));
    }
    return values;
  }

  void problem(String name, String what) {
    problems.add(name + " " + what);
  }

  /** Everything that was asked for; call it after all settings were read. */
  List<Setting> effective() {
    return List.copyOf(asked.values());
  }

  /** All problems, unknown names included; call it after all settings were read. */
  List<String> problems() {
    List<String> all = new ArrayList<>(problems);
    for (String name : file.keySet()) {
      if (!asked.containsKey(name)) {
        all.add(name + " is not a setting" + similar(name));
      }
    }
    List<String> known = asked.keySet().stream().map(Settings::variable).toList();
    for (String name : environment.keySet()) {
      if (name.startsWith(ENV_PREFIX) && !known.contains(name) && !isOther(name)) {
        all.add(name + " in the environment is not a setting");
      }
    }
    return all;
  }

  /** Variables of the command line and of the start script. */
  static final List<Variable> OTHERS =
      List.of(
          new Variable("OTAKEY_URL", "otakey admin: address of the API"),
          new Variable("OTAKEY_TOKEN", "otakey admin: the token itself"),
          new Variable("OTAKEY_TOKEN_FILE", "otakey admin: the file that holds it"),
          new Variable(
              "OTAKEY_CA", "otakey admin: PEM with the authority of the API's certificate"),
          new Variable("OTAKEY_CLIENT_CERT", "otakey admin: PEM chain to show to the API"),
          new Variable("OTAKEY_CLIENT_KEY", "otakey admin: PEM key of that"),
          new Variable("OTAKEY_LOG_LEVEL", "DEBUG, INFO, WARN or ERROR"),
          new Variable("OTAKEY_LOG_FORMAT", "text or json"),
          new Variable("OTAKEY_JAVA_HOME", "the JDK to run with"),
          new Variable("OTAKEY_JAVA_OPTIONS", "options of the JVM, as -Xmx4g"),
          new Variable("OTAKEY_BUILD", "./otakey of the sources: off = built already"));

  private static boolean isOther(String name) {
    return OTHERS.stream().anyMatch(other -> other.name().equals(name));
  }

  static String variable(String name) {
    return ENV_PREFIX + name.replace('.', '_').toUpperCase(Locale.ROOT);
  }

  private <T> T read(String name, Form form, T fallback, String doc, Function<String, T> parse) {
    String variable = environment.get(variable(name));
    Object inFile = file.get(name);
    String source = variable != null ? "environment" : inFile != null ? "file" : "default";
    String text = variable != null ? variable : inFile != null ? inFile.toString() : null;
    T value = fallback;
    if (text != null) {
      try {
        value = parse.apply(text.trim());
      } catch (NumberFormatException e) {
        problem(name, "must be a whole number, not \"" + text + "\"");
      } catch (IllegalArgumentException e) {
        problem(name, e.getMessage() + ", not \"" + text + "\"");
      }
    }
    asked.put(name, new Setting(name, form, show(value), source, show(fallback), doc));
    return value;
  }

  private String similar(String name) {
    String last = name.substring(name.lastIndexOf('.') + 1);
    return asked.keySet().stream()
        .filter(known -> known.endsWith("." + last) || known.equalsIgnoreCase(name))
        .findFirst()
        .map(known -> ": did you mean " + known + "?")
        .orElse(": remove it, or look at --print-config for all names");
  }

  private static String show(Object value) {
    return value instanceof Enum<?> constant ? lower(constant) : String.valueOf(value);
  }

  private static String lower(Enum<?> value) {
    return value.name().toLowerCase(Locale.ROOT);
  }
}
