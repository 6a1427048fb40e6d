package io.otakey.gateway.registry;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * What becomes of a device's labels.
 *
 * @param set labels that it has afterwards, with these values
 * @param remove names of labels that it has no more
 */
public record LabelChange(Map<String, String> set, Set<String> remove) {
  /** Copies the collections. */
  public LabelChange {
    set = Map.copyOf(set);
    remove = Set.copyOf(remove);
  }

  /** Only adds, or gives another value. */
  public static LabelChange setting(Map<String, String> labels) {
    return new LabelChange(labels, Set.of());
  }

  /** A sentence for everything outside its range; empty: it can be done. */
  public List<String> problems() {
    List<String> problems = new ArrayList<>();
    Labels.problems(set).forEach(problem -> problems.add("set " + problem));
    if (!remove.stream().allMatch(Labels::isKey)) {
      problems.add("remove must hold names of labels, of the form " + Labels.KEY_FORM);
    }
    if (set.isEmpty() && remove.isEmpty()) {
      problems.add("nothing is to be set and nothing to be removed: name a label");
    }
    if (set.keySet().stream().anyMatch(remove::contains)) {
      problems.add("a label is to be set and to be removed: do one of these");
    }
    return problems;
  }

  /** The labels afterwards. */
  public Map<String, String> apply(Map<String, String> before) {
    Map<String, String> after = new TreeMap<>(before);
    after.keySet().removeAll(remove);
    after.putAll(set);
    return after;
  }

  /** In words, for the audit log. */
  public String describe() {
    List<String> words = new ArrayList<>();
    new TreeMap<>(set).forEach((key, value) -> words.add(Labels.text(key, value)));
    new TreeSet<>(remove).forEach(key -> words.add("without " + key));
    return String.join(", ", words);
  }
}
