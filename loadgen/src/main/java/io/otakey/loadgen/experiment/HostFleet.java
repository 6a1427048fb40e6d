package io.otakey.loadgen.experiment;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.otakey.loadgen.experiment.Experiment.Group;
import io.otakey.loadgen.link.Endpoint;
import io.otakey.loadgen.node.NodeException;
import io.otakey.loadgen.stats.Glimpse;
import io.otakey.loadgen.stats.Tally;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * A group of the firmware, thousands of devices in a process of this machine. It goes its own way
 * beside the phases of the others: from the first phase on it enrolls, rotates once for each phase
 * that does, and shows after one more power-on that its keys are served; the proof waits for it.
 */
final class HostFleet implements Crowd {
  /** Where the program wants its factory page. */
  static final String BUNDLE_PAGE = "0x0007F000";

  private static final String PROGRAM = "firmware-nrf52/build/host/otakey-fleet";
  private static final int MOST_CONNECTIONS = 1000;
  private static final double AS_FAST_AS_IT_CAN = 1000;
  private static final int LEAST_CUTS_APART = 10;
  private static final double FIRST_WAIT_SECONDS = 60;
  private static final int WRONG_USE = 2;

  private final Experiment experiment;
  private final String group;
  private final int devices;
  private final Path report;
  private final Path log;
  private final List<String> command;
  private @Nullable Process process;
  private Optional<JsonNode> told = Optional.empty();
  private boolean proving;
  private boolean stopped;
  private long began;

  /**
   * Starts nothing yet.
   *
   * @param root of the project
   * @param bundle of the product, as Intel HEX
   * @param gateway its MQTT listener
   * @param folder for report and log
   */
  HostFleet(
      Experiment experiment,
      int index,
      String ids,
      Path root,
      Path bundle,
      Endpoint gateway,
      Path folder) {
    Group own = experiment.population().get(index);
    this.experiment = experiment;
    this.group = experiment.title(index);
    this.devices = own.devices();
    this.report = folder.resolve(group + ".json");
    this.log = folder.resolve(group + ".log");
    this.command = command(own, ids + index, root, bundle, gateway.port());
  }

  /** What is missing, and the command that makes it. */
  static Optional<String> missing(Path root) {
    return Files.isExecutable(root.resolve(PROGRAM))
        ? Optional.empty()
        : Optional.of("devices of kind host are not built: make -C firmware-nrf52 deps fleet");
  }

  private List<String> command(Group own, String ids, Path root, Path bundle, int port) {
    double scale = experiment.waits().scale();
    double wanted = experiment.arrival().rate(devices);
    double rate = wanted == 0 ? AS_FAST_AS_IT_CAN : wanted;
    double seconds =
        devices / rate + FIRST_WAIT_SECONDS * scale + experiment.stop().patience().toSeconds() + 1;
    long rotations =
        experiment.phases().stream().filter(phase -> phase.act() == Phase.Act.ROTATE).count();
    List<String> words = new ArrayList<>(List.of(root.resolve(PROGRAM).toString()));
    add(words, "--bundle", bundle);
    add(words, "--port", port);
    add(words, "--devices", own.devices());
    add(words, "--rate", rate);
    add(words, "--rotate", rotations);
    add(words, "--prefix", ids);
    add(words, "--seed", experiment.seed());
    add(words, "--seconds", (long) Math.ceil(seconds));
    add(words, "--time-scale", scale);
    add(
        words,
        "--connections-at-once",
        Math.min(MOST_CONNECTIONS, experiment.generator().inFlight()));
    add(words, "--json", report);
    experiment.faults().stream()
        .filter(fault -> fault.kind() == Fault.Kind.POWER_CUT)
        .findFirst()
        .ifPresent(fault -> add(words, "--power-cuts", Math.max(LEAST_CUTS_APART, fault.steps())));
    return words;
  }

  private static void add(List<String> words, String option, Object value) {
    words.add(option);
    words.add(value.toString());
  }

  @Override
  public void begin(Phase phase) throws NodeException {
    proving = phase.act() == Phase.Act.PROVE;
    if (process == null) {
      began = System.nanoTime();
      try {
        process =
            new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(log.toFile())
                .start();
      } catch (IOException e) {
        throw new NodeException("the firmware's fleet cannot be started: " + command.get(0), e);
      }
    }
  }

  @Override
  public boolean await(long millis) throws InterruptedException {
    Process running = process;
    return !proving || running == null || running.waitFor(millis, TimeUnit.MILLISECONDS);
  }

  @Override
  public long done() {
    return 0;
  }

  @Override
  public Glimpse glimpse() {
    return new Glimpse();
  }

  @Override
  public void stop() {
    if (proving) {
      stopped = true;
      close();
    }
  }

  @Override
  public Outcome outcome() throws NodeException, InterruptedException {
    Process ended = process;
    if (!proving || ended == null) {
      return new Outcome(List.of(), 0);
    }
    int exitCode = ended.waitFor();
    if (!stopped && exitCode >= WRONG_USE) {
      throw new NodeException("the firmware's fleet failed: " + text());
    }
    if (!stopped) {
      try {
        told = Optional.of(new ObjectMapper().readTree(report.toFile()));
      } catch (IOException e) {
        throw new NodeException("the firmware's fleet left no report: " + text(), e);
      }
    }
    Tally tally = new Tally();
    tally.count(devices, (long) number("/accepted"));
    double seconds = (System.nanoTime() - began) / 1e9;
    return new Outcome(List.of(new Part(group, devices, tally)), seconds);
  }

  private String text() {
    try {
      return Files.readString(log).strip();
    } catch (IOException e) {
      return "it said nothing";
    }
  }

  @Override
  public Ending ending() {
    Map<Figure, Double> own = standing(told, devices);
    Map<Figure, Double> figures = new EnumMap<>(own);
    own.put(Figure.FRAMES_OUT, number("/framesOut"));
    own.put(Figure.FRAMES_IN, number("/framesIn"));
    own.put(Figure.SOCKET_OUT, number("/bytesOut"));
    own.put(Figure.SOCKET_IN, number("/bytesIn"));
    own.put(Figure.P50, number("/enrollmentMillis/p50"));
    own.put(Figure.P99, number("/enrollmentMillis/p99"));
    own.put(Figure.MAX, number("/enrollmentMillis/max"));
    return new Ending(figures, Map.of(group, own), List.of(), List.of(), List.of(), "");
  }

  /** How the devices stand by the program's report; without one nothing is known of any. */
  static Map<Figure, Double> standing(Optional<JsonNode> told, int devices) {
    double enrolled = number(told, "/enrolled");
    double proven = number(told, "/accepted");
    double bricked = number(told, "/bricked");
    double open = told.isEmpty() ? devices : Math.max(0, enrolled - proven - bricked);
    Map<Figure, Double> figures = new EnumMap<>(Figure.class);
    figures.put(Figure.ENROLLED, enrolled);
    figures.put(Figure.PROVEN, proven);
    figures.put(Figure.BRICKED, bricked);
    figures.put(Figure.UNPROVEN, open);
    return figures;
  }

  private double number(String where) {
    return number(told, where);
  }

  private static double number(Optional<JsonNode> told, String where) {
    return told.map(report -> report.at(where).asDouble()).orElse(0.0);
  }

  @Override
  public void close() {
    if (process != null) {
      process.destroyForcibly();
    }
  }
}
