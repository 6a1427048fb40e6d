package io.otakey.loadgen.experiment;

import static org.assertj.core.api.Assertions.assertThat;

import io.otakey.loadgen.file.RecordReader;
import io.otakey.loadgen.file.Scale;
import org.junit.jupiter.api.Test;

/** The scheme that is compared with: it bricks for its own reasons, not for ours. */
class OverwriteSchemeTest {
  private static Experiment experiment(double loss, String faults) throws Exception {
    String text =
        """
        name: x
        about: x
        population: [{devices: 1000}]
        network: {loss: %s}
        phases: [{do: enroll}, {do: rotate}]
        faults: %s
        assert: []
        """
            .formatted(loss, faults);
    return RecordReader.read(Experiment.class, text, Scale.SMALL);
  }

  @Test
  void undisturbed_itBricksNone() throws Exception {
    assertThat(OverwriteScheme.bricked(experiment(0, "[]"))).isZero();
  }

  @Test
  void underLoss_itBricksThoseThatNoTryReaches() throws Exception {
    assertThat(OverwriteScheme.bricked(experiment(0.5, "[]"))).isBetween(15L, 55L); // 1 in 32
  }

  @Test
  void whenPowerIsCut_itBricksInTheMiddleOfAKeyOnly() throws Exception {
    long bricked =
        OverwriteScheme.bricked(experiment(0, "[{do: power-cut, phase: rotate, steps: 20}]"));
    assertThat(bricked).as("10 of 20 operations are its own").isBetween(300L, 500L);
  }
}
