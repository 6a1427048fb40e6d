package io.otakey.gateway;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** docs/sizing.md computes as it says, from figures that stand in the pages of measurements. */
class SizingPageTest {
  private static final Path DOCS = Path.of(System.getProperty("otakey.root"), "docs");
  private static final String NUMBER = "([\\d,]+(?:\\.\\d+)?)";
  private static final Pattern MEASURED =
      Pattern.compile("(?m)^\\| `([\\w.]+)` \\| " + NUMBER + " \\|");
  private static final Pattern WORKED =
      Pattern.compile("(?m)^\\| `([\\w.]+)` \\| " + NUMBER + " \\| " + NUMBER + " \\|$");

  /** Inputs of the worked fleets; everything else is computed. */
  private static final List<String> INPUTS =
      List.of("devices", "rotations", "connected", "logins", "back", "cores");

  /** As many as default. */
  private static final double HOOK_CONNECTIONS = 1000;

  private final String page;
  private final Map<String, Double> measured = new TreeMap<>();

  SizingPageTest() throws IOException {
    page = Files.readString(DOCS.resolve("sizing.md"));
    String before = page.substring(0, page.indexOf("\n## Two fleets"));
    for (MatchResult found : MEASURED.matcher(before).results().toList()) {
      measured.put(found.group(1), number(found.group(2)));
    }
  }

  @Test
  void measuredFigures_standInThePagesOfMeasurements() throws IOException {
    String pages =
        Files.readString(DOCS.resolve("benchmarks.md"))
            + Files.readString(DOCS.resolve("operations.md"));
    assertThat(measured).hasSizeGreaterThan(14);
    for (MatchResult found : MEASURED.matcher(page).results().limit(measured.size()).toList()) {
      assertThat(pages)
          .as(found.group(1))
          .containsPattern("(?<![\\d.,])" + Pattern.quote(found.group(2)) + "(?![\\d]|[.,]\\d)");
    }
  }

  @Test
  void workedFleets_areComputedByTheFormulas() {
    List<MatchResult> rows =
        WORKED.matcher(page.substring(page.indexOf("\n## Two fleets"))).results().toList();
    for (int fleet = 2; fleet <= 3; fleet++) {
      Map<String, Double> shown = new LinkedHashMap<>();
      for (MatchResult row : rows) {
        shown.put(row.group(1), number(row.group(fleet)));
      }
      Map<String, Double> right = computed(shown);
      assertThat(shown.keySet()).containsAll(INPUTS).containsAll(right.keySet());
      assertThat(shown).hasSize(INPUTS.size() + right.size());
      right.forEach(
          (name, value) ->
              assertThat(of(shown, name)).as(name).isCloseTo(value, within(rounding(value))));
    }
  }

  /** Figures above ten are whole, others have two digits after the point. */
  private static double rounding(double value) {
    return value >= 10 ? 0.5 : 0.005;
  }

  private Map<String, Double> computed(Map<String, Double> in) {
    double polls = of(in, "devices") / 86_400;
    double burst = of(in, "devices") / of(in, "back");
    double burstCores = cores(burst, "each", burst, "login", "gateway");
    double nodes = Math.ceil(burstCores / of(in, "cores")) + 1;
    double connections = Math.ceil(of(in, "connected") / (nodes - 1));
    Map<String, Double> out = new LinkedHashMap<>();
    out.put("polls", polls);
    out.put("burst", burst);
    steady(in, polls, out);
    out.put("burst.gateway", burstCores);
    out.put("burst.database", cores(burst, "each", burst, "login", "database"));
    out.put("nodes", nodes);
    out.put("connections", connections);
    out.put("heap", 2 * connections * of(measured, "connection.heap") / 1000 + 512);
    out.put("files", connections + 1000 + HOOK_CONNECTIONS);
    out.put("database.connections", nodes * 12);
    out.put("series.all", nodes * of(measured, "series"));
    bytes(of(in, "devices"), of(in, "rotations"), out);
    return out;
  }

  private void steady(Map<String, Double> in, double polls, Map<String, Double> out) {
    double rotated = of(in, "rotations") / 86_400;
    double census = Math.min(of(measured, "census") * of(in, "devices") / 1e6 / 60, 1.0 / 50);
    for (String whose : List.of("gateway", "database")) {
      double of =
          cores(polls, "each", of(in, "logins"), "login", whose)
              + cores(rotated, "rotate", 0, "login", whose);
      boolean database = whose.equals("database");
      double more = database ? rotated * of(measured, "campaign") / 1e6 + census : 0;
      out.put("steady." + whose, 100 * (of + more));
    }
  }

  private void bytes(double devices, double rotations, Map<String, Double> out) {
    double rows = devices * (of(measured, "row") + of(measured, "index"));
    out.put("tables", (rows + rotations * 97 * of(measured, "event")) / 1e6);
    double pages = (rotations + devices) * of(measured, "log.scattered");
    out.put("log", (rotations * of(measured, "log.commit") + pages) / 1e6);
    out.put("journal", rotations * 35 * (of(measured, "record") + 16) / 1e6);
  }

  private double cores(double one, String what, double other, String also, String whose) {
    return (one * of(measured, what + "." + whose) + other * of(measured, also + "." + whose))
        / 1e6;
  }

  private static double of(Map<String, Double> figures, String name) {
    return Objects.requireNonNull(figures.get(name), name);
  }

  private static double number(String text) {
    return Double.parseDouble(text.replace(",", ""));
  }
}
