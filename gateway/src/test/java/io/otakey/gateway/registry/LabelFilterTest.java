package io.otakey.gateway.registry;

import static org.assertj.core.api.Assertions.assertThat;

import io.otakey.gateway.registry.LabelFilter.Condition;
import io.otakey.gateway.registry.LabelFilter.Kind;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** How labels and conditions on them are written. */
class LabelFilterTest {
  private static Condition read(String text) {
    return Condition.parse(text).orElseThrow(() -> new AssertionError("refused: " + text));
  }

  @Test
  void everyForm_isReadAndWrittenAgain() {
    assertThat(read("site=paris")).isEqualTo(new Condition("site", Kind.IN, List.of("paris")));
    assertThat(read(" site == paris ")).isEqualTo(read("site=paris"));
    assertThat(read("site!=paris").kind()).isEqualTo(Kind.NOT_IN);
    assertThat(read("canary=").values()).containsExactly("");
    assertThat(read("site in (paris, lyon)"))
        .isEqualTo(new Condition("site", Kind.IN, List.of("paris", "lyon")));
    assertThat(read("a.b/c notin (x,y)").kind()).isEqualTo(Kind.NOT_IN);
    assertThat(read("site").kind()).isEqualTo(Kind.PRESENT);
    assertThat(read("!site").kind()).isEqualTo(Kind.ABSENT);
    for (String text :
        List.of("k=v", "k!=v", "k=", "k in (a,b)", "k notin (a,b)", "k", "!k", "group/x", "in")) {
      assertThat(read(text).text()).isEqualTo(text);
    }
  }

  @Test
  void whatIsNoCondition_isRefused() {
    for (String text :
        List.of(
            "",
            "!",
            "=v",
            "-k",
            "k=a b",
            "k=;",
            "k in a",
            "k in (a",
            "k near (a)",
            "k!",
            "k in (" + "v,".repeat(32) + "v)",
            "k".repeat(64),
            "k=" + "v".repeat(64))) {
      assertThat(Condition.parse(text)).as(text).isEmpty();
    }
  }

  @Test
  void labels_areOneText_andReadAgain() {
    Map<String, String> labels = Map.of("site", "paris", "group/canary", "", "a", "1:2/3@4");
    assertThat(Labels.text(labels)).isEqualTo("a=1:2/3@4;group/canary;site=paris");
    assertThat(Labels.parse(Labels.text(labels))).contains(labels);
    assertThat(Labels.parse("")).contains(Map.of());
    assertThat(Labels.parse("a=1;a=2")).isEmpty();
  }

  @Test
  void whatIsOutsideItsRange_isNamed() {
    assertThat(Labels.problems(Map.of("site", "", "X.y/z-1_", "v"))).isEmpty();
    Map<String, String> many = new HashMap<>();
    for (int i = 0; i < 17; i++) {
      many.put("k" + i, "v");
    }
    assertThat(Labels.problems(many)).singleElement().asString().contains("more than 16");
    assertThat(Labels.problems(Map.of("a b", "v"))).singleElement().asString().contains("name");
    assertThat(Labels.problems(Map.of("a", "-"))).singleElement().asString().contains("value");
    LabelFilter wrong = new LabelFilter(List.of(), Set.of("a=b"));
    assertThat(wrong.problems()).singleElement().asString().contains("group");
    LabelChange both = new LabelChange(Map.of("a", "1"), Set.of("a", "="));
    assertThat(String.join(" ", both.problems())).contains("to be removed", "names of labels");
    assertThat(new LabelChange(Map.of(), Set.of()).problems()).isNotEmpty();
  }
}
