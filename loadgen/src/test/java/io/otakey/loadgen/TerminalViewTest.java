package io.otakey.loadgen;

import static org.assertj.core.api.Assertions.assertThat;

import io.otakey.loadgen.stats.Latency;
import io.otakey.loadgen.stats.Result;
import io.otakey.loadgen.stats.Trial;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** What stands on a screen of 80 columns while a run goes on. */
class TerminalViewTest {
  private static final int COLUMNS = 80;
  private static final Pattern PIECE =
      Pattern.compile("\u001b\\[\\??([0-9]*)([A-Za-z])|\n|\r|[^\u001b\n\r]+");

  private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
  private final PrintStream out = new PrintStream(bytes, true, StandardCharsets.UTF_8);

  /** As a terminal does it: lines that are too long go on in the next one, unless told not to. */
  private List<String> screen() {
    List<StringBuilder> lines = new ArrayList<>(List.of(new StringBuilder()));
    int row = 0;
    boolean wraps = true;
    Matcher piece = PIECE.matcher(bytes.toString(StandardCharsets.UTF_8));
    while (piece.find()) {
      String text = piece.group();
      if (text.equals("\n")) {
        row++;
        if (row == lines.size()) {
          lines.add(new StringBuilder());
        }
      } else if (text.startsWith("\u001b")) {
        switch (piece.group(2)) {
          case "A" -> row -= Integer.parseInt(piece.group(1));
          case "J" -> {
            lines.subList(row + 1, lines.size()).clear();
            lines.get(row).setLength(0);
          }
          case "l" -> wraps = false;
          case "h" -> wraps = true;
          default -> throw new AssertionError("no escape of ours: " + piece.group(2));
        }
      } else if (!text.equals("\r")) {
        lines.get(row).append(text);
        while (lines.get(row).length() > COLUMNS) {
          String rest = lines.get(row).substring(COLUMNS);
          lines.get(row).setLength(COLUMNS);
          if (wraps) {
            row++;
            lines.add(row, new StringBuilder(rest));
          }
        }
      }
    }
    return lines.stream().map(StringBuilder::toString).toList();
  }

  private static Trial.Sample sample(double at, long done, Map<String, Long> failures) {
    return new Trial.Sample(
        at, "rotate", 1000, done, 480, 12.3, 45.6, 0.51, 0.22, 0.33, 300L << 20, failures);
  }

  private static Result.Phase over(long done, long devices) {
    Latency latency = new Latency();
    latency.record(5_000_000);
    return new Result.Phase(
        "rotate",
        (int) devices,
        done,
        devices - done,
        0,
        0,
        0,
        0,
        2,
        500,
        latency.summary(),
        latency.summary(),
        Map.of(),
        0,
        0);
  }

  @Test
  void presentPhase_hasBarPaceMachineAndReasons() {
    TerminalView view = new TerminalView(out, true);
    view.begins("rotate", 2000);
    view.shows(sample(0.5, 500, Map.of()));
    view.shows(sample(1, 1000, Map.of("lost", 2L, "ERROR 8 busy", 1234L)));
    assertThat(screen())
        .containsExactly(
            "rotate     [##########..........] 1,000 of 2,000",
            "           480/s   p50 12.3 ms   p99 45.6 ms",
            "           cores: gateway 0.51, database 0.22, generator 0.33   gateway 300 MB",
            "           ERROR 8 busy: 1,234, lost: 2");
  }

  @Test
  void phaseThatIsOver_leavesItsBarAlone() {
    TerminalView view = new TerminalView(out, true);
    view.begins("rotate", 2000);
    view.shows(
        sample(0.5, 500, Map.of("a reason that is as long as a line may be ".repeat(3), 2L)));
    view.shows(sample(1, 900, Map.of("a reason that is as long as a line may be ".repeat(3), 2L)));
    view.says("0.7 s: gateway-kill");
    view.shows(sample(1.5, 1000, Map.of()));
    view.ends(over(1500, 2000));
    assertThat(screen())
        .containsExactly(
            "0.7 s: gateway-kill",
            "rotate     [###############.....] 1,500 of 2,000 in 2.0 s  FAILED 500  500/s  p5",
            "0 5.0 ms, p99 5.0 ms",
            "");
  }

  @Test
  void noTerminal_hasALineEveryFewSeconds_andNoEscapes() {
    TerminalView view = new TerminalView(out, false);
    view.begins("rotate", 2000);
    for (int i = 0; i <= 20; i++) {
      view.shows(sample(i * 0.5, 100L * i, Map.of()));
    }
    view.ends(over(2000, 2000));
    assertThat(bytes.toString(StandardCharsets.UTF_8)).doesNotContain("\u001b", "FAILED");
    assertThat(bytes.toString(StandardCharsets.UTF_8).lines())
        .hasSize(3)
        .first()
        .asString()
        .isEqualTo(
            "rotate     [##########..........] 1,000 of 2,000  480/s   p50 12.3 ms   p99 45.6 ms"
                + "  cores: gateway 0.51, database 0.22, generator 0.33   gateway 300 MB"
                + "  no failures");
  }

  @Test
  void phaseWithoutDevices_hasNoBar() {
    TerminalView view = new TerminalView(out, true);
    view.begins("idle", 0);
    view.ends(over(0, 0));
    assertThat(screen().get(0)).startsWith("rotate     in 2.0 s").doesNotContain("[", "/s");
  }
}
