package io.otakey.loadgen.experiment;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.otakey.loadgen.baseline.wire.Host;
import io.otakey.loadgen.baseline.wire.HttpLine;
import io.otakey.loadgen.baseline.wire.Links;
import io.otakey.loadgen.file.FileException;
import io.otakey.loadgen.file.RecordReader;
import io.otakey.loadgen.file.Scale;
import io.otakey.loadgen.link.Endpoint;
import io.otakey.loadgen.link.Loops;
import io.otakey.loadgen.network.Echo;
import io.otakey.loadgen.network.Netems;
import io.otakey.loadgen.node.NodeException;
import io.otakey.loadgen.scenario.Chaos;
import java.io.IOException;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
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

  private final MultiThreadIoEventLoopGroup devices = Loops.open("networks-test", 1);

  @AfterEach
  void stop() {
    Loops.end(devices);
  }

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

  @Test
  void aFault_hitsItsNetworkAlone() throws Exception {
    Experiment file = file("0");
    try (Host gateway = Echo.start();
        Networks networks = new Networks(file, Optional.empty());
        HttpLine thread = line(networks, gateway, file, 1);
        HttpLine clean = line(networks, gateway, file, 3)) {
      thread.get("/", Map.of());
      clean.get("/", Map.of());
      long begun = System.nanoTime();
      networks.suffer(fault("network-stall", "cellar"));
      networks.suffer(fault("network-cut", "clean"));
      assertThat(System.nanoTime() - begun).as("as long as it lasts").isGreaterThan(200_000_000);
      assertThat(thread.get("/", Map.of()).status()).isEqualTo(200);
      assertThatThrownBy(() -> clean.get("/", Map.of())).isInstanceOf(IOException.class);
    }
  }

  private HttpLine line(Networks networks, Host gateway, Experiment file, int group)
      throws NodeException, InterruptedException {
    Endpoint way = networks.to(gateway.endpoint(), file.population().get(group));
    return HttpLine.open(new Links(devices.next()), way, Optional.empty());
  }

  private static Fault fault(String what, String network) throws FileException {
    String fault = "{do: %s, phase: enroll, network: %s, for: 200ms}".formatted(what, network);
    String text = FILE.formatted("0") + "faults: [" + fault + "]\n";
    return RecordReader.read(Experiment.class, text, Scale.TINY).faults().get(0);
  }

  private static Experiment file(String loss) throws FileException {
    return RecordReader.read(Experiment.class, FILE.formatted(loss), Scale.TINY);
  }

  private static Chaos chaos(Experiment experiment, Networks networks, int group) {
    return networks.chaos(experiment.population().get(group));
  }
}
