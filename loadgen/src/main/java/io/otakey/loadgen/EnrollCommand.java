package io.otakey.loadgen;

import io.otakey.loadgen.device.Logins;
import io.otakey.loadgen.link.Endpoint;
import io.otakey.loadgen.link.Transport;
import io.otakey.loadgen.link.Trust;
import io.otakey.loadgen.load.LoadRun;
import io.otakey.loadgen.load.Plan;
import io.otakey.loadgen.report.JsonReport;
import io.otakey.loadgen.report.Progress;
import io.otakey.loadgen.report.Table;
import io.otakey.loadgen.scenario.Chaos;
import io.otakey.loadgen.scenario.IdRange;
import io.otakey.loadgen.stats.Result;
import io.otakey.protocol.device.Firmware;
import io.otakey.protocol.device.Timing;
import io.otakey.protocol.wire.DeviceRef;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Help.Ansi;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Options of a run; all problems are told at once. */
@Command(
    name = "enroll",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    description =
        "Enrolls devices, rotates their keys if wanted, and proves by a POLL under every key that"
            + " the gateway accepts it. Exit code 0 only if every device did all of that.")
final class EnrollCommand implements Callable<Integer> {
  /** Which transports devices use. */
  enum Choice {
    MQTT,
    HTTP,
    MIX
  }

  /** Whose connections are. */
  enum Connect {
    EACH,
    KEEP
  }

  @Spec private CommandSpec spec = CommandSpec.create();

  @Mixin private ProductOptions product = new ProductOptions();

  @Mixin private ListenerOptions listeners = new ListenerOptions();

  @Option(names = "--devices", required = true, description = "How many.")
  private int devices;

  @Option(
      names = "--untimed",
      description =
          "Leave the latencies of so many devices, the first ones of each phase, out of account:"
              + " until this process is warm, they are its own (${DEFAULT-VALUE}).")
  private int untimed;

  @Option(
      names = "--rate",
      description = "Starts per second, by the clock (${DEFAULT-VALUE}); 0: as many as fit.")
  private double rate = 1000;

  @Option(
      names = "--transport",
      description = "mqtt, http, or mix: every other device (${DEFAULT-VALUE}).")
  private Choice transport = Choice.MQTT;

  @Option(
      names = "--connect",
      description =
          "each: a connection of its own for every device; keep: devices share warm ones"
              + " (${DEFAULT-VALUE}). Proofs always share.")
  private Connect connect = Connect.EACH;

  @Option(
      names = "--connections",
      description = "Shared connections for each transport (${DEFAULT-VALUE}).")
  private int connections = 32;

  @Option(names = "--qos", description = "MQTT QoS, 0 or 1 (${DEFAULT-VALUE}).")
  private int qos = 1;

  @Option(names = "--rotate", description = "Rotate every key so often (${DEFAULT-VALUE}).")
  private int rotate;

  @Option(names = "--id-prefix", description = "Of device ids (${DEFAULT-VALUE}).")
  private String idPrefix = "dev-";

  @Option(names = "--start-number", description = "Number of the first id (${DEFAULT-VALUE}).")
  private long startNumber = 1;

  @Option(
      names = "--source-addresses",
      split = ",",
      description = "Local addresses in turn; each has about 28,000 ports.")
  private List<String> sources = new ArrayList<>();

  @Option(
      names = "--in-flight",
      description = "Devices under way at a time; with each, connections (${DEFAULT-VALUE}).")
  private int inFlight = 8000;

  @Option(names = "--loops", description = "Event loops; 0: half the processors, at least one.")
  private int loops;

  @Option(
      names = "--timeout",
      description = "Seconds for stragglers of a phase (${DEFAULT-VALUE}).")
  private int timeoutSeconds = 120;

  @Option(
      names = "--time-scale",
      description =
          "Factor for every wait of the protocol but the time for an answer: 0.1 makes a back-off"
              + " of 10 s one second long (${DEFAULT-VALUE}).")
  private double timeScale = 1;

  @Option(
      names = "--answer-within",
      description = "Milliseconds that a device waits for an answer (${DEFAULT-VALUE}).")
  private long answerWithin = 5_000;

  @Option(names = "--drop", description = "Probability that a frame is lost.")
  private double drop;

  @Option(names = "--duplicate", description = "Probability that a frame arrives twice.")
  private double duplicate;

  @Option(names = "--reorder", description = "Probability that a frame arrives late.")
  private double reorder;

  @Option(names = "--seed", description = "Of back-offs and the bad network.")
  private long seed = 1;

  @Option(
      names = "--no-proof",
      negatable = true,
      description = "End without a POLL under every key: for measuring an enrollment alone.")
  private boolean prove = true;

  @Option(
      names = "--stay",
      description =
          "Make the proof over a connection of each device's own, at the same rate, and leave them"
              + " all open. Waits for a line on standard input before the proof and at the end.")
  private boolean stay;

  @Option(
      names = "--logins",
      description =
          "Write what each device logs in to its platform with to this file, secrets included:"
              + " for otakey loadgen logins.")
  private @Nullable Path logins;

  @Option(names = "--json", description = "Write the result to this file.")
  private @Nullable Path json;

  @Option(names = "--quiet", description = "No progress, no table.")
  private boolean quiet;

  @Mixin private MetricsOptions metrics = new MetricsOptions();

  private final List<String> problems = new ArrayList<>();

  @Override
  public Integer call() throws InterruptedException, IOException {
    Plan plan = plan();
    String command = String.join(" ", spec.commandLine().getParseResult().originalArgs());
    boolean terminal = Ansi.AUTO.enabled();
    Progress progress = new Progress(System.err, terminal, quiet);
    LoadRun run;
    Result result;
    try (MetricsOptions.Shown shown = metrics.show(spec.commandLine())) {
      run = new LoadRun(plan, command, progress, EnrollCommand::pause, shown.watcher());
      result = run.run();
    }
    if (logins != null) {
      Logins.write(run.platformLogins(), logins);
    }
    if (!quiet) {
      new Table(System.out).print(result);
    }
    if (json != null) {
      JsonReport.write(result, json);
    }
    return result.isPerfect() ? 0 : 1;
  }

  private static void pause(String place) {
    System.err.println(place + ": press return to go on");
    try {
      int read = System.in.read();
      while (read != '\n' && read != -1) {
        read = System.in.read();
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private Plan plan() {
    List<Transport> transports =
        switch (transport) {
          case MQTT -> List.of(Transport.MQTT);
          case HTTP -> List.of(Transport.HTTP);
          case MIX -> List.of(Transport.MQTT, Transport.HTTP);
        };
    Map<Transport, Endpoint> endpoints = listeners.of(transports, problems);
    check(devices >= 1, "--devices must be at least 1");
    check(untimed >= 0 && untimed < Math.max(1, devices), "--untimed must be less than --devices");
    check(rate >= 0, "--rate must not be negative");
    check(rotate >= 0, "--rotate must not be negative");
    check(connections >= 1, "--connections must be at least 1");
    check(inFlight >= 1, "--in-flight must be at least 1");
    check(loops >= 0, "--loops must not be negative");
    check(qos == 0 || qos == 1, "--qos must be 0 or 1");
    check(timeoutSeconds >= 1, "--timeout must be at least 1");
    check(timeScale > 0, "--time-scale must be above 0");
    check(answerWithin >= 1, "--answer-within must be at least 1");
    check(startNumber >= 0, "--start-number must not be negative");
    for (double probability : new double[] {drop, duplicate, reorder}) {
      check(
          probability >= 0 && probability <= 1,
          "--drop, --duplicate and --reorder must be from 0 to 1");
    }
    IdRange ids = new IdRange(idPrefix, Math.max(0, startNumber));
    check(DeviceRef.isDeviceId(ids.id(Math.max(0, devices))), "--id-prefix makes no device ids");
    check(prove || !stay, "--stay is about the proof, which --no-proof leaves out");
    metrics.check(problems);
    Optional<Trust> trust = product.trust(problems);
    Optional<Firmware> firmware = product.firmware(problems);
    if (!problems.isEmpty() || firmware.isEmpty()) {
      throw new ParameterException(spec.commandLine(), String.join("\n", problems));
    }
    return new Plan(
        firmware.get(),
        ids,
        devices,
        untimed,
        rate,
        rotate,
        endpoints,
        trust,
        transports,
        connect == Connect.EACH,
        connections,
        inFlight,
        loops == 0 ? Math.max(1, Runtime.getRuntime().availableProcessors() / 2) : loops,
        sources,
        qos,
        new Chaos(drop, duplicate, reorder),
        new Timing(timeScale, answerWithin),
        seed,
        stay ? Plan.Proof.OWN_AND_STAY : prove ? Plan.Proof.SHARED : Plan.Proof.NONE,
        Duration.ofSeconds(timeoutSeconds),
        Optional.empty());
  }

  private void check(boolean holds, String problem) {
    if (!holds) {
      problems.add(problem);
    }
  }
}
