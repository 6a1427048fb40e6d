package io.otakey.protocol.key;

import io.otakey.protocol.WrittenFile;
import java.io.IOException;
import java.util.List;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** docs/decision-table.md is the data, written out. */
class DecisionTablePageTest {
  private static final String HEAD =
      """
      # The decision table as it is decided

      Made from `DecisionTable.ROWS`, the data that the SQL statement and its tests are made from as well; the specification's wording is in [protocol.md](protocol.md), section 6.5. For a key (e, t) that authenticated a frame, with the row's epoch E, token T and attempt A, and the product's generation G; the first line that matches decides. After a change: `mvn test -pl protocol -Dtest=DecisionTablePageTest -Dotakey.write=true`.

      | line | row of 6.5 | if | CONFIRM | POLL, ROTATE | ABANDON |
      |---|---|---|---|---|---|
      """;

  @Test
  void page_isTheData() throws IOException {
    String written =
        HEAD
            + DecisionTable.ROWS.stream()
                .map(DecisionTablePageTest::line)
                .collect(Collectors.joining());
    WrittenFile.assertHolds("docs/decision-table.md", written);
  }

  private static String line(DecisionTable.Row row) {
    return "| %d | %d | %s | %s | %s | %s |\n"
        .formatted(
            row.number(),
            row.specified(),
            row.anyOf().stream()
                .map(DecisionTablePageTest::condition)
                .collect(Collectors.joining("; or ")),
            outcome(row.confirm(), true),
            outcome(row.pollOrRotate(), false),
            outcome(row.abandon(), false));
  }

  private static String condition(List<DecisionTable.Literal> all) {
    return all.isEmpty()
        ? "anything else"
        : all.stream().map(l -> l.fact().text(l.negated())).collect(Collectors.joining(", "));
  }

  private static String outcome(Verdict verdict, boolean confirm) {
    return switch (verdict) {
      case CURRENT -> confirm ? "ACK 1" : "served";
      case COMMIT -> confirm ? "commit, ACK 0" : "commit, then served";
      case COMMIT_RECOVERED -> "commit, recovered in G, " + (confirm ? "ACK 0" : "then served");
      case COMMIT_EXPECTED -> "commit, stays *expected*, 7";
      case FENCE -> "A = attempt of t + 1, 7";
      case REFUSED -> "4";
      case UNKNOWN -> "6";
      case SUPERSEDED -> "7";
    };
  }
}
