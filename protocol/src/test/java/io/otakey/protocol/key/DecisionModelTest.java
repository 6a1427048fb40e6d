package io.otakey.protocol.key;

import io.otakey.protocol.WrittenFile;
import io.otakey.protocol.key.DecisionTable.Asked;
import java.io.IOException;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** The table that the models of formal/ decide by is the data, written out in Promela. */
class DecisionModelTest {
  private static final String HEAD =
      """
      /* The decision table of section 6.5, made from DecisionTable.ROWS, which the gateway's SQL is
         made from as well. A model says what each fact is for a key k, and what each verdict does.
         After a change: mvn test -pl protocol -Dtest=DecisionModelTest -Dotakey.write=true */
      """;

  @Test
  void modelsTable_isTheData() throws IOException {
    String written =
        HEAD
            + "mtype = { "
            + List.of(Verdict.values()).stream().map(Enum::name).collect(Collectors.joining(", "))
            + " };\n"
            + DecisionTable.ROWS.stream().map(DecisionModelTest::line).collect(Collectors.joining())
            + verdicts(Asked.CONFIRM)
            + verdicts(Asked.POLL_OR_ROTATE)
            + verdicts(Asked.ABANDON);
    WrittenFile.assertHolds("formal/decision-table.pml", written);
  }

  /** The condition of one line, with the row of section 6.5 that it belongs to. */
  private static String line(DecisionTable.Row row) {
    String condition =
        row.anyOf().stream().map(DecisionModelTest::all).collect(Collectors.joining(" || "));
    return "/* row %d */\n#define LINE_%d(k) (%s)\n"
        .formatted(row.specified(), row.number(), condition);
  }

  private static String all(List<DecisionTable.Literal> literals) {
    return literals.isEmpty()
        ? "1"
        : literals.stream()
            .map(l -> (l.negated() ? "!" : "") + l.fact().name() + "(k)")
            .collect(Collectors.joining(" && ", "(", ")"));
  }

  private static String verdicts(Asked asked) {
    return "#define TO_%s(k) (%s%s)\n"
        .formatted(
            asked.name().toUpperCase(Locale.ROOT),
            DecisionTable.ROWS.stream()
                .map(r -> " \\\n  LINE_%d(k) -> %s : (".formatted(r.number(), r.verdict(asked)))
                .collect(Collectors.joining()),
            "0" + ")".repeat(DecisionTable.ROWS.size()));
  }
}
