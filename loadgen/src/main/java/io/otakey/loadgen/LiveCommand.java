package io.otakey.loadgen;

import io.otakey.loadgen.link.Endpoint;
import io.otakey.loadgen.link.Trust;
import io.otakey.loadgen.live.LivePlan;
import io.otakey.loadgen.live.LiveRun;
import io.otakey.loadgen.report.JsonReport;
import io.otakey.loadgen.report.LiveTable;
import io.otakey.loadgen.scenario.IdRange;
import io.otakey.loadgen.stats.LiveResult;
import io.otakey.protocol.device.Firmware;
import io.otakey.protocol.device.Timing;
import io.otakey.protocol.wire.DeviceRef;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Options of a living fleet; all problems are told at once. */
@Command(
    name = "live",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    description =
        "Devices that stay: they enroll, log in to the platforms that they are granted, poll,"
            + " rotate and move as the gateway asks, until standard input says so:",
    footer = {
      "",
      "Lines on standard input:",
      "  await [platform=ID] [epoch=N]   answered once all devices are there and at rest",
      "  show                            one line of how the fleet is",
      "  prove                           end the fleet, and try all that it ever held",
      "  quit                            end without a proof",
      "The end of input means prove, after --for or once all are enrolled.",
      "",
      "The proof: each device logs in with its newest secret; every older one is refused where it"
          + " held and where the newest holds; the newest is refused by all other platforms. A"
          + " probe (--probe) logs in with the credential that a device holds at that moment. A"
          + " refusal counts as an outage unless the successor is accepted at once and is"
          + " confirmed afterwards. Exit code 0 only if all of it held without an outage."
    })
final class LiveCommand implements Callable<Integer> {
  /** How long devices are at their platforms. */
  enum Presence {
    LOGIN,
    STAY,
    LISTEN
  }

  @Spec private CommandSpec spec = CommandSpec.create();

  @Mixin private ProductOptions product = new ProductOptions();

  @Option(
      names = "--mqtt",
      required = true,
      split = ",",
      description = "Gateway's MQTT listener, host:port; of several nodes, separated by commas.")
  private List<String> mqtt = List.of();

  @Option(names = "--devices", required = true, description = "How many.")
  private int devices;

  @Option(
      names = "--rate",
      description = "Devices switched on per second (${DEFAULT-VALUE}); 0: all at once.")
  private double rate = 300;

  @Option(
      names = "--platform",
      description =
          "stay: hold a session, one socket each; listen: that, and poll when the platform says"
              + " that something waits; login: log in with each new key and leave"
              + " (${DEFAULT-VALUE}).")
  private Presence presence = Presence.STAY;

  @Option(
      names = "--poll-within",
      description = "Seconds; poll no later than this, whatever the gateway said.")
  private double pollWithin = Double.POSITIVE_INFINITY;

  @Option(
      names = "--probe",
      description =
          "Logins per second that only see whether a device's credential works"
              + " (${DEFAULT-VALUE}).")
  private double probeRate = 20;

  @Option(names = "--for", description = "Seconds to live after the end of input.")
  private double livesFor;

  @Option(
      names = "--connections",
      description = "To the gateway, which the devices share (${DEFAULT-VALUE}).")
  private int connections = 32;

  @Option(
      names = "--in-flight",
      description = "Logins to platforms under way at a time (${DEFAULT-VALUE}).")
  private int inFlight = 64;

  @Option(names = "--qos", description = "MQTT QoS to the gateway, 0 or 1 (${DEFAULT-VALUE}).")
  private int qos = 1;

  @Option(names = "--id-prefix", description = "Of device ids (${DEFAULT-VALUE}).")
  private String idPrefix = "dev-";

  @Option(names = "--start-number", description = "Number of the first id (${DEFAULT-VALUE}).")
  private long startNumber = 1;

  @Option(
      names = "--source-addresses",
      split = ",",
      description = "Local addresses in turn; each has about 28,000 ports.")
  private List<String> sources = new ArrayList<>();

  @Option(names = "--loops", description = "Event loops; 0: half the processors, at least one.")
  private int loops;

  @Option(
      names = "--timeout",
      description = "Seconds that an await, and updates before the proof, may take.")
  private int timeoutSeconds = 120;

  @Option(
      names = "--time-scale",
      description =
          "Factor for every wait of the protocol but the time for an answer: 0.1 makes a back-off"
              + " of 10 s one second long (${DEFAULT-VALUE}).")
  private double timeScale = 1;

  @Option(
      names = "--answer-within",
      description =
          "Milliseconds that a device waits for an answer of gateway or platform"
              + " (${DEFAULT-VALUE}).")
  private long answerWithin = 5_000;

  @Option(names = "--seed", description = "Of back-offs and probes.")
  private long seed = 1;

  @Option(names = "--json", description = "Write the result to this file.")
  private @Nullable Path json;

  @Option(names = "--quiet", description = "No progress, no table.")
  private boolean quiet;

  @Mixin private MetricsOptions metrics = new MetricsOptions();

  private final List<String> problems = new ArrayList<>();

  @Override
  public Integer call() throws InterruptedException, IOException {
    LivePlan plan = plan();
    String command = String.join(" ", spec.commandLine().getParseResult().originalArgs());
    Duration patience = Duration.ofSeconds(timeoutSeconds);
    try (LiveRun run = new LiveRun(plan);
        MetricsOptions.Shown shown = metrics.show(spec.commandLine())) {
      shown.follow(run, plan.devices());
      Steward steward = new Steward(run, System.in, quiet, patience, seconds(livesFor));
      if (!steward.run()) {
        return 0;
      }
      LiveResult result = run.prove(command, patience);
      if (!quiet) {
        new LiveTable(System.out).print(result);
      }
      if (json != null) {
        JsonReport.write(result, json);
      }
      return result.isPerfect() ? 0 : 1;
    }
  }

  private LivePlan plan() {
    List<Endpoint> gateways = mqtt.stream().flatMap(node -> Endpoint.parse(node).stream()).toList();
    check(gateways.size() == mqtt.size(), "--mqtt must be given as host:port");
    check(devices >= 1, "--devices must be at least 1");
    check(rate >= 0, "--rate must not be negative");
    check(pollWithin > 0, "--poll-within must be above 0");
    check(probeRate >= 0, "--probe must not be negative");
    check(livesFor >= 0, "--for must not be negative");
    check(connections >= 1, "--connections must be at least 1");
    check(inFlight >= 1, "--in-flight must be at least 1");
    check(qos == 0 || qos == 1, "--qos must be 0 or 1");
    check(loops >= 0, "--loops must not be negative");
    check(timeoutSeconds >= 1, "--timeout must be at least 1");
    check(timeScale > 0, "--time-scale must be above 0");
    check(answerWithin >= 1, "--answer-within must be at least 1");
    check(startNumber >= 0, "--start-number must not be negative");
    IdRange ids = new IdRange(idPrefix, Math.max(0, startNumber));
    check(DeviceRef.isDeviceId(ids.id(Math.max(0, devices))), "--id-prefix makes no device ids");
    metrics.check(problems);
    Optional<Trust> trust = product.trust(problems);
    Optional<Firmware> firmware = product.firmware(problems).map(LivePlan::onPlainPlatforms);
    if (!problems.isEmpty() || firmware.isEmpty()) {
      throw new ParameterException(spec.commandLine(), String.join("\n", problems));
    }
    return new LivePlan(
        firmware.get(),
        ids,
        devices,
        rate,
        gateways,
        trust,
        qos,
        connections,
        inFlight,
        loops == 0 ? Math.max(1, Runtime.getRuntime().availableProcessors() / 2) : loops,
        sources,
        presence != Presence.LOGIN,
        presence == Presence.LISTEN,
        probeRate,
        new Timing(timeScale, answerWithin, Math.max(1, seconds(pollWithin).toMillis())),
        seed);
  }

  private static Duration seconds(double seconds) {
    return Duration.ofMillis(Math.round(Math.min(seconds, Integer.MAX_VALUE) * 1000));
  }

  private void check(boolean holds, String problem) {
    if (!holds) {
      problems.add(problem);
    }
  }
}
