package io.otakey.loadgen.file;

import io.otakey.loadgen.file.FileException.Problem;
import io.otakey.loadgen.file.Problems.Checked;
import java.io.StringReader;
import java.lang.reflect.RecordComponent;
import java.lang.reflect.Type;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.yaml.snakeyaml.LoaderOptions;
import org.yaml.snakeyaml.Yaml;
import org.yaml.snakeyaml.error.Mark;
import org.yaml.snakeyaml.error.MarkedYAMLException;
import org.yaml.snakeyaml.error.YAMLException;
import org.yaml.snakeyaml.nodes.MappingNode;
import org.yaml.snakeyaml.nodes.Node;
import org.yaml.snakeyaml.nodes.NodeTuple;
import org.yaml.snakeyaml.nodes.ScalarNode;
import org.yaml.snakeyaml.nodes.SequenceNode;

/** Reads a YAML file into a tree of records whose components say what they are. */
public final class RecordReader {
  private final Scale scale;
  private final List<Problem> problems = new ArrayList<>();
  private final Map<String, Integer> lines = new TreeMap<>();
  private int between;
  private boolean looked;

  private RecordReader(Scale scale) {
    this.scale = scale;
  }

  /**
   * Reads a file's text.
   *
   * @throws FileException with every problem there is
   */
  public static <R extends Record> R read(Class<R> type, String text, Scale scale)
      throws FileException {
    RecordReader reader = new RecordReader(scale);
    R result = reader.file(type, text);
    if (result == null || !reader.problems.isEmpty()) {
      throw new FileException(reader.problems, reader.looked);
    }
    return result;
  }

  private <R extends Record> @Nullable R file(Class<R> type, String text) {
    try {
      Node root = new Yaml(new LoaderOptions()).compose(new StringReader(text));
      if (root == null) {
        problems.add(new Problem(1, "", "the file is empty"));
        return null;
      }
      return type.cast(record(type, root, ""));
    } catch (MarkedYAMLException e) {
      Mark mark = e.getProblemMark();
      int line = mark == null ? 1 : mark.getLine() + 1;
      problems.add(new Problem(line, "", "this is no YAML: " + told(e)));
      return null;
    } catch (YAMLException e) {
      problems.add(new Problem(1, "", "this is no YAML: " + e.getMessage()));
      return null;
    }
  }

  private static String told(MarkedYAMLException e) {
    Mark begun = e.getContextMark();
    String context =
        e.getContext() == null || begun == null
            ? ""
            : e.getContext() + " from line " + (begun.getLine() + 1) + ": ";
    boolean colon = String.valueOf(e.getProblem()).startsWith("mapping values");
    return context + e.getProblem() + (colon ? ": put text that has \": \" in it in quotes" : "");
  }

  private @Nullable Object record(Class<?> type, Node node, String path) {
    note(path, node);
    if (!(node instanceof MappingNode mapping)) {
      List<String> keys = keys(type);
      String not = node instanceof ScalarNode ? ", not \"" + brief(text(node)) + "\"" : "";
      String form = "must be keys with values, as \"" + keys.get(0) + ": ...\"" + not;
      problem(node, path, form + "; known are " + String.join(", ", keys));
      return null;
    }
    Map<String, Node> values = members(mapping, path);
    List<String> known = keys(type);
    members(mapping, path, known);
    int before = missing();
    Object[] components = new Object[type.getRecordComponents().length];
    Class<?>[] types = new Class<?>[components.length];
    boolean whole = true;
    for (int i = 0; i < components.length; i++) {
      RecordComponent component = type.getRecordComponents()[i];
      types[i] = component.getType();
      components[i] = component(component, values.get(key(component)), mapping, path);
      whole &= components[i] != null;
    }
    Object made = whole ? construct(type, types, components) : null;
    if (made instanceof Checked checked && missing() == before) {
      looked |= path.isEmpty();
      checked.check((where, text) -> lines(path, where, mapping, text));
    }
    return made;
  }

  /** Values that were wrong, and are not there: who looks at what is between others needs all. */
  private int missing() {
    return problems.size() - between;
  }

  private void lines(String path, String where, Node record, String text) {
    between++;
    String full = join(path, where);
    Integer line = lines.get(full);
    String parent = full;
    while (line == null && parent.matches(".*[.\\[].*")) {
      parent = parent.replaceFirst("(\\.[^.\\[]*|\\[[0-9]+\\])$", "");
      line = lines.get(parent);
    }
    problems.add(new Problem(line == null ? line(record) : line, full, text));
  }

  private @Nullable Object component(
      RecordComponent component, @Nullable Node node, Node record, String path) {
    Field field = field(component);
    String where = join(path, key(component));
    if (node == null) {
      if (component.getType() == Optional.class) {
        return Optional.empty();
      }
      if (field.fallback().isEmpty()) {
        problem(record, where, "is missing: " + field.value());
        return null;
      }
      note(where, record);
      Node fallback = new Yaml(new LoaderOptions()).compose(new StringReader(field.fallback()));
      return value(component.getGenericType(), field, fallback, where);
    }
    note(where, node);
    Object value = scaled(component.getGenericType(), field, node, where);
    return value == null && component.getType() == Optional.class ? Optional.empty() : value;
  }

  /** A value, or one for each scale: all of them are looked at, one is taken. */
  private @Nullable Object scaled(Type type, Field field, Node node, String path) {
    boolean keyed = Types.raw(type) == Map.class || Types.inner(type).isRecord();
    if (keyed || !(node instanceof MappingNode mapping) || !isScaled(mapping)) {
      return value(type, field, node, path);
    }
    Map<String, Object> values = new LinkedHashMap<>();
    members(mapping, path)
        .forEach(
            (key, each) -> {
              Object value = value(type, field, each, path + "." + key);
              if (value != null) {
                values.put(key, value);
              }
            });
    Optional<Object> chosen = scale.choose(key -> Optional.ofNullable(values.get(key)));
    if (chosen.isEmpty()) {
      problem(node, path, "has nothing for the scale " + scale.key() + ", nor for a larger one");
    }
    return chosen.orElse(null);
  }

  /** What a value that is none may have been meant for. */
  private static String scales(Node node) {
    String all = String.join(", ", Arrays.stream(Scale.values()).map(Scale::key).toList());
    boolean meant =
        node instanceof MappingNode mapping
            && mapping.getValue().stream().anyMatch(one -> Scale.isKey(text(one.getKeyNode())));
    return meant ? ", or one for each scale: " + all : "";
  }

  private boolean isScaled(MappingNode mapping) {
    return !mapping.getValue().isEmpty()
        && mapping.getValue().stream().allMatch(tuple -> Scale.isKey(text(tuple.getKeyNode())));
  }

  private @Nullable Object value(Type type, Field field, Node node, String path) {
    Class<?> raw = Types.raw(type);
    if (raw == Optional.class) {
      Object value = value(Types.argument(type, 0), field, node, path);
      return value == null ? null : Optional.of(value);
    }
    if (raw == List.class) {
      return list(Types.argument(type, 0), field, node, path);
    }
    if (raw == Map.class) {
      return map(node, path);
    }
    return raw.isRecord() && !Scalars.isScalar(raw)
        ? record(raw, node, path)
        : scalar(raw, field, node, path);
  }

  private @Nullable Object scalar(Class<?> type, Field field, Node node, String path) {
    if (!(node instanceof ScalarNode scalar)) {
      problem(node, path, "must be " + Scalars.mustBe(type, field) + scales(node));
      return null;
    }
    try {
      return Scalars.read(type, field, scalar.getValue().strip());
    } catch (Scalars.Wrong e) {
      problem(node, path, "must be " + e.text() + ", not \"" + brief(scalar.getValue()) + "\"");
      return null;
    }
  }

  private List<Object> list(Type element, Field field, Node node, String path) {
    List<Object> values = new ArrayList<>();
    if (!(node instanceof SequenceNode sequence)) {
      problem(node, path, "must be a list, a dash before each: " + field.value());
      return values;
    }
    int index = 0;
    for (Node each : sequence.getValue()) {
      String where = path + "[" + index + "]";
      note(where, each);
      Object value = value(element, field, each, where);
      if (value != null) {
        values.add(value);
      }
      index++;
    }
    return List.copyOf(values);
  }

  private Map<String, String> map(Node node, String path) {
    Map<String, String> values = new LinkedHashMap<>();
    if (!(node instanceof MappingNode mapping)) {
      problem(node, path, "must be keys with values");
      return values;
    }
    members(mapping, path)
        .forEach(
            (key, each) -> {
              note(path + "." + key, each);
              if (each instanceof ScalarNode scalar) {
                values.put(key, scalar.getValue());
              } else {
                problem(
                    each,
                    path + "." + key,
                    "must be one value, not a list or keys; keys below it are written with dots");
              }
            });
    return values;
  }

  /** Keys and their nodes; one that comes twice is a problem. */
  private Map<String, Node> members(MappingNode mapping, String path) {
    Map<String, Node> members = new LinkedHashMap<>();
    for (NodeTuple tuple : mapping.getValue()) {
      String key = text(tuple.getKeyNode());
      if (members.putIfAbsent(key, tuple.getValueNode()) != null) {
        problem(tuple.getKeyNode(), join(path, key), "is there twice: keep one");
      }
    }
    return members;
  }

  private void members(MappingNode mapping, String path, List<String> known) {
    for (NodeTuple tuple : mapping.getValue()) {
      String key = text(tuple.getKeyNode());
      if (!known.contains(key)) {
        problem(
            tuple.getKeyNode(),
            join(path, key),
            "is not known here; known are " + String.join(", ", known) + Nearest.hint(key, known));
      }
    }
  }

  private static Object construct(Class<?> type, Class<?>[] types, Object[] components) {
    try {
      var constructor = type.getDeclaredConstructor(types);
      return constructor.newInstance(components);
    } catch (ReflectiveOperationException e) {
      throw new IllegalStateException(type + " cannot be made", e);
    }
  }

  private static List<String> keys(Class<?> type) {
    return Arrays.stream(type.getRecordComponents())
        .map(RecordReader::key)
        .collect(Collectors.toList());
  }

  static String key(RecordComponent component) {
    String name = field(component).name();
    return name.isEmpty() ? kebab(component.getName()) : name;
  }

  static Field field(RecordComponent component) {
    Field field = component.getAnnotation(Field.class);
    if (field == null) {
      throw new IllegalStateException(component + " does not say what it is");
    }
    return field;
  }

  private static String kebab(String name) {
    return name.replaceAll("([A-Z])", "-$1").toLowerCase(java.util.Locale.ROOT);
  }

  private static String join(String path, String key) {
    return path.isEmpty() || key.isEmpty() ? path + key : path + "." + key;
  }

  private static String text(Node node) {
    return node instanceof ScalarNode scalar ? scalar.getValue() : "?";
  }

  private static String brief(String text) {
    return text.length() <= 60 ? text : text.substring(0, 57) + "...";
  }

  private void note(String path, Node node) {
    lines.putIfAbsent(path, line(node));
  }

  private void problem(Node node, String path, String text) {
    problems.add(new Problem(line(node), path, text));
  }

  private static int line(Node node) {
    return node.getStartMark().getLine() + 1;
  }
}
