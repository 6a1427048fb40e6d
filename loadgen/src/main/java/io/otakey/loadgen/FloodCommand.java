package io.otakey.loadgen;

import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.otakey.loadgen.device.Bundle;
import io.otakey.loadgen.device.BundleException;
import io.otakey.loadgen.device.VirtualDevice;
import io.otakey.loadgen.link.Connector;
import io.otakey.loadgen.link.Endpoint;
import io.otakey.loadgen.link.Loops;
import io.otakey.loadgen.link.Transport;
import io.otakey.protocol.crypto.X25519;
import io.otakey.protocol.device.Environment;
import io.otakey.protocol.device.Firmware;
import io.otakey.protocol.device.Step;
import io.otakey.protocol.device.Timing;
import io.otakey.protocol.wire.DeviceRef;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** What an attacker sends: frames that the gateway must refuse, as fast as wanted. */
@Command(
    name = "flood",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    description =
        "Sends frames that the gateway must refuse over MQTT, to a gateway of yours, and counts"
            + " its answers: to see what honest devices have left.")
final class FloodCommand implements Callable<Integer> {
  /** What is wrong with the frames. */
  enum Kind {
    /** An ENROLL whose first byte names no frame. */
    GARBAGE,
    /** An ENROLL of this product with a wrong guard. */
    GUARD
  }

  private static final int QOS = 0;

  @Spec private CommandSpec spec = CommandSpec.create();

  @Option(names = "--bundle", required = true, description = "JSON of the product.")
  private Path bundle = Path.of("");

  @Option(names = "--mqtt", required = true, description = "Gateway's MQTT listener, host:port.")
  private String mqtt = "";

  @Option(names = "--frame", description = "garbage, or guard: a wrong one (${DEFAULT-VALUE}).")
  private Kind kind = Kind.GUARD;

  @Option(
      names = "--rate",
      description = "Frames per second, by the clock; 0: as many as are answered.")
  private double rate;

  @Option(names = "--connections", description = "How many (${DEFAULT-VALUE}).")
  private int connections = 64;

  @Mixin private AttackOptions attack = new AttackOptions();

  @Override
  public Integer call() throws InterruptedException {
    List<String> problems = new ArrayList<>();
    Optional<Endpoint> endpoint = Endpoint.parse(mqtt);
    OptionProblems.check(endpoint.isPresent(), "--mqtt must be given as host:port", problems);
    OptionProblems.check(rate >= 0, "--rate must not be negative", problems);
    OptionProblems.check(connections >= 1, "--connections must be at least 1", problems);
    attack.check(problems);
    Optional<byte[]> frame = frame(problems);
    OptionProblems.tell(spec, problems);
    Flood.Count count = run(endpoint.orElseThrow(), frame.orElseThrow());
    PrintWriter out = spec.commandLine().getOut();
    out.printf(
        Locale.ROOT,
        attack.json()
            ? "{\"sent\":%d,\"answered\":%d,\"held\":%d,\"perSecond\":%.0f}%n"
            : "%,d frames sent, %,d answered, %,d not sent for want of answers; %,.0f answers/s%n",
        count.sent(),
        count.answered(),
        count.held(),
        (double) count.answered() / attack.seconds());
    out.flush();
    return count.answered() > 0 ? 0 : 1;
  }

  private Flood.Count run(Endpoint endpoint, byte[] frame) throws InterruptedException {
    MultiThreadIoEventLoopGroup group = Loops.open("flood", 1);
    try {
      var loop = group.next();
      Connector connector =
          new Connector(
              loop, Map.of(Transport.MQTT, endpoint), Optional.empty(), attack.sources(), QOS);
      return new Flood(loop, connector, frame, connections, rate).run(attack.seconds()).join();
    } finally {
      Loops.end(group);
    }
  }

  /** An ENROLL of a device that does not exist, spoiled. */
  private Optional<byte[]> frame(List<String> problems) {
    Firmware firmware;
    try {
      firmware = Bundle.read(bundle);
    } catch (BundleException e) {
      problems.add(String.valueOf(e.getMessage()));
      return Optional.empty();
    }
    Environment environment =
        new Environment(X25519.choose().x25519(), new SplittableRandom(), new Timing(1, 1000));
    DeviceRef ref = new DeviceRef(firmware.productId(), "flood");
    VirtualDevice device = new VirtualDevice(ref, firmware, environment, (type, refusal) -> {});
    Step step = device.begin(VirtualDevice.Goal.ENROLL, 0);
    for (long now = 0; !(step instanceof Step.Send); now += 1000) {
      step = device.step(now);
    }
    byte[] frame = ((Step.Send) step).frame().clone();
    int spoiled = kind == Kind.GARBAGE ? 0 : frame.length - 1;
    frame[spoiled] ^= 0x44;
    return Optional.of(frame);
  }
}
