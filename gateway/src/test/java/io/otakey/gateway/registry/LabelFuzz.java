package io.otakey.gateway.registry;

import static org.assertj.core.api.Assertions.assertThat;

import io.otakey.protocol.fuzz.FuzzTarget;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;

/** Conditions on labels, and labels as one text. */
public final class LabelFuzz implements FuzzTarget.Suite {
  @Override
  public List<FuzzTarget> targets() {
    return List.of(
        FuzzTarget.of(
            "label-condition",
            FuzzTarget.texts("a=b", "site != x/y", "a in (b, c)", "a notin (b)", "a", "! a", "a=="),
            input -> condition(text(input))),
        FuzzTarget.of(
            "labels",
            FuzzTarget.texts("a=b;c", "a=b c;;d = e", "x"),
            input -> labels(text(input))));
  }

  private static void condition(String text) {
    Optional<LabelFilter.Condition> read = LabelFilter.Condition.parse(text);
    read.ifPresent(
        condition -> assertThat(LabelFilter.Condition.parse(condition.text())).isEqualTo(read));
  }

  private static void labels(String text) {
    Labels.parse(text)
        .filter(labels -> Labels.problems(labels).isEmpty())
        .ifPresent(labels -> assertThat(Labels.parse(Labels.text(labels))).contains(labels));
  }

  private static String text(byte[] input) {
    return new String(input, StandardCharsets.UTF_8);
  }
}
