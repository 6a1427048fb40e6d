package io.otakey.loadgen.experiment;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.otakey.loadgen.stats.LiveCount;
import io.otakey.loadgen.stats.LiveResult;
import io.otakey.loadgen.stats.LiveResult.Check;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** How proofs that are not of this process's devices become figures of an experiment. */
class StandingTest {
  @Test
  void onPlatforms_whoseNewestKeyIsNeitherTakenNorRefused_isUnproven() {
    Map<Figure, Double> figures =
        LiveCrowd.figures(
            result(
                Map.of(LiveCount.ENROLLED, 62L, LiveCount.OUTAGES, 1L, LiveCount.PROBES, 400L),
                new Check("newest: accepted", 60, 58, 0, 2),
                new Check("older: refused", 60, 56, 4, 0),
                new Check("newest again: accepted", 60, 50, 3, 7)));
    assertThat(figures)
        .containsEntry(Figure.ENROLLED, 62.0)
        .containsEntry(Figure.PROVEN, 50.0)
        .containsEntry(Figure.BRICKED, 3.0)
        .as("two never took part in the proof")
        .containsEntry(Figure.UNPROVEN, 9.0)
        .containsEntry(Figure.OLD_SECRETS_ACCEPTED, 4.0)
        .containsEntry(Figure.OUTAGES, 1.0)
        .containsEntry(Figure.PROBES, 400.0);
  }

  @Test
  void onPlatforms_whereNothingCouldBeTried_allAreUnproven() {
    assertThat(LiveCrowd.figures(result(Map.of(LiveCount.ENROLLED, 5L))))
        .containsEntry(Figure.PROVEN, 0.0)
        .containsEntry(Figure.BRICKED, 0.0)
        .containsEntry(Figure.UNPROVEN, 5.0);
  }

  @Test
  void firmwareOfThisMachine_thatWasNotAcceptedInTime_isUnproven() throws Exception {
    String report = "{\"devices\":9,\"enrolled\":8,\"accepted\":5,\"bricked\":1,\"unfinished\":3}";
    JsonNode told = new ObjectMapper().readTree(report);
    assertThat(HostFleet.standing(Optional.of(told), 9))
        .containsExactlyInAnyOrderEntriesOf(
            Map.of(
                Figure.ENROLLED, 8.0,
                Figure.PROVEN, 5.0,
                Figure.BRICKED, 1.0,
                Figure.UNPROVEN, 2.0));
  }

  /** It was ended before it could. */
  @Test
  void firmwareThatLeftNoReport_isAllUnproven() {
    assertThat(HostFleet.standing(Optional.empty(), 9))
        .containsEntry(Figure.PROVEN, 0.0)
        .containsEntry(Figure.BRICKED, 0.0)
        .containsEntry(Figure.UNPROVEN, 9.0);
  }

  private static LiveResult result(Map<LiveCount, Long> counts, Check... proof) {
    return new LiveResult("", 62, 1, Map.of(), counts, List.of(proof), List.of());
  }
}
