package io.otakey.loadgen.experiment;

import static org.assertj.core.api.Assertions.assertThat;

import io.otakey.loadgen.file.FileException;
import io.otakey.loadgen.file.RecordReader;
import io.otakey.loadgen.file.Scale;
import io.otakey.loadgen.network.Netems;
import io.otakey.loadgen.scenario.Chaos;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** What becomes of frames, and what of packets, on networks that files name. */
class NetworksTest {
  private static final String FILE =
      """
      name: x
      about: a group on each kind of network
      population:
        - {name: here, devices: 1}
        - {name: preset, devices: 1, network: thread}
        - {name: own, devices: 1, network: cellar}
        - {name: clean, devices: 1, network: clean}
      network: {loss: %s, duplicate: 2%%, reorder: 3%%}
      networks:
        - {name: cellar, like: thread, loss: 20%%, duplicate: 5%%}
        - {name: clean, like: nb-iot, loss: 0}
      phases: [{do: enroll}]
      assert: []
      """;

  @Test
  void withoutNetem_framesAreLost() throws FileException {
    Experiment file = file("1%");
    try (Networks networks = new Networks(file, Optional.empty())) {
      assertThat(chaos(file, networks, 0)).isEqualTo(new Chaos(0.01, 0.02, 0.03));
      assertThat(chaos(file, networks, 1)).isEqualTo(new Chaos(0.01, 0.02, 0.03));
      assertThat(chaos(file, networks, 2)).isEqualTo(new Chaos(0.2, 0.05, 0.03));
    }
  }

  @Test
  void withNetem_packetsAre_andFramesAreDoubledAlone() throws FileException {
    Experiment file = file("1%");
    try (Networks networks = new Networks(file, Optional.of(Netems.notToBeUsed()))) {
      assertThat(chaos(file, networks, 0)).as("no network").isEqualTo(new Chaos(0.01, 0.02, 0.03));
      assertThat(chaos(file, networks, 1)).isEqualTo(new Chaos(0, 0.02, 0));
      assertThat(chaos(file, networks, 2)).isEqualTo(new Chaos(0, 0.05, 0));
      assertThat(networks.packetLoss("thread")).as("the whole file's").isEqualTo(0.01);
      assertThat(networks.packetLoss("cellar")).as("its own").isEqualTo(0.2);
      assertThat(networks.packetLoss("clean")).as("its own, which is none").isZero();
    }
    try (Networks networks = new Networks(file("0"), Optional.of(Netems.notToBeUsed()))) {
      assertThat(networks.packetLoss("nb-iot")).as("the preset's").isEqualTo(0.01);
    }
  }

  private static Experiment file(String loss) throws FileException {
    return RecordReader.read(Experiment.class, FILE.formatted(loss), Scale.TINY);
  }

  private static Chaos chaos(Experiment experiment, Networks networks, int group) {
    return networks.chaos(experiment.population().get(group));
  }
}
