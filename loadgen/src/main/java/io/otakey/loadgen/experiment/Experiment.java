package io.otakey.loadgen.experiment;

import io.otakey.loadgen.file.Field;
import io.otakey.loadgen.file.Problems;
import io.otakey.loadgen.file.Problems.Checked;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/** What a file asks for. */
public record Experiment(
    @Field(value = "Short name; the report's files have it.", pattern = "[a-z0-9][a-z0-9-]{0,39}")
        String name,
    @Field("What is to be shown, in a few sentences; it stands on top of the report.") String about,
    @Field(value = "Of all chance in devices and network.", fallback = "1") long seed,
    @Field(value = "What the devices talk to.", fallback = "{}") Gateway gateway,
    @Field(
            value = "Simulated platforms that devices log in to; new ones go to the first.",
            fallback = "[]",
            pattern = "[a-z0-9][a-z0-9-]{0,31}")
        List<String> platforms,
    @Field(value = "Products with their policies.", fallback = "[{id: demo}]")
        List<Product> products,
    @Field("Groups of devices.") List<Group> population,
    @Field(
            value = "When devices start, in every phase that does not say otherwise.",
            fallback = "{}")
        Arrival arrival,
    @Field(value = "What becomes of frames on their way.", fallback = "{}") Network network,
    @Field(value = "How long devices wait.", fallback = "{}") Waits waits,
    @Field(value = "The generator itself.", fallback = "{}") Generator generator,
    @Field("What happens, one after the other; a proof that every key is served ends it.")
        List<Phase> phases,
    @Field(value = "What goes wrong meanwhile.", fallback = "[]") List<Fault> faults,
    @Field(value = "When to give up.", fallback = "{}") Stop stop,
    @Field("One quantity that is varied: all phases run once for each of its values.")
        Optional<Vary> vary,
    @Field(
            value = "What must hold at the end, for each value that is varied: \"bricked == 0\".",
            name = "assert")
        List<Assertion> assertions)
    implements Checked {

  /**
   * A gateway of the run's own, or one that runs.
   *
   * @param settings as of the gateway's configuration: {@code exchange.grantsPerHour: 1000}
   */
  public record Gateway(
      @Field(value = "Nodes that are started, with one database.", fallback = "1", min = 1, max = 8)
          int nodes,
      @Field(
              value = "Settings of the nodes: otakey gateway --print-config shows all.",
              fallback = "{}")
          java.util.Map<String, String> settings,
      @Field("A gateway that runs, instead of one that is started.") Optional<Running> use) {}

  /** Where a gateway is that runs. */
  public record Running(
      @Field(value = "Its MQTT listener, host:port.", pattern = "[^:]+:[0-9]+") String mqtt,
      @Field(value = "Its HTTP listener, host:port.", pattern = "[^:]+:[0-9]+")
          Optional<String> http,
      @Field(value = "Its administration API.", pattern = "https?://.+") String admin,
      @Field("File with an admin token.") String tokenFile) {}

  /** A product of the run. */
  public record Product(
      @Field(value = "Its id.", pattern = "[a-z0-9][a-z0-9-]{0,31}") String id,
      @Field(value = "Whether devices are registered before they enroll.", fallback = "false")
          boolean allowList) {}

  /** What carries frames. */
  public enum Via {
    MQTT,
    HTTP,
    /** Every other device. */
    MIX
  }

  /** Devices that are alike. */
  public record Group(
      @Field(value = "How many.", min = 1, max = 10_000_000) int devices,
      @Field(value = "Id of their product.", fallback = "demo") String product,
      @Field(value = "Their transport.", fallback = "mqtt") Via transport,
      @Field(
              value = "A connection for each device; or few warm ones, as behind a proxy.",
              fallback = "true")
          boolean ownConnections,
      @Field(value = "QoS of MQTT.", fallback = "1", max = 1) int qos,
      @Field("Preset of the network between them and the gateway.") Optional<String> network) {}

  /** How starts are spread. */
  public enum Shape {
    CONSTANT,
    /** From none to twice the average. */
    RAMP,
    /** All within a short time, as when the mains come back. */
    BURST,
    /** A day in a short time. */
    DIURNAL
  }

  /** When devices start; open loop: by the clock, whatever became of the others. */
  public record Arrival(
      @Field(value = "How starts are spread.", fallback = "constant") Shape shape,
      @Field("Starts per second, on average; 0: as many as fit.") Optional<Double> rate,
      @Field(value = "Time in which all start, instead of a rate.", min = 0.001)
          Optional<Duration> within)
      implements Checked {
    private static final double USUAL = 500;

    @Override
    public void check(Problems problems) {
      if (rate.isPresent() && within.isPresent()) {
        problems.at("within", "and rate say the same twice: keep one of them");
      }
      if (shape == Shape.BURST && within.isEmpty()) {
        problems.at("shape", "burst needs within, the time in which all start");
      }
    }

    /** Starts per second of so many devices. */
    double rate(int devices) {
      return within
          .map(time -> devices * 1000.0 / Math.max(1, time.toMillis()))
          .or(() -> rate)
          .orElse(USUAL);
    }
  }

  /** Chances of each frame, in either direction. */
  public record Network(
      @Field(value = "To be lost.", fallback = "0", max = 0.99) double loss,
      @Field(value = "To come twice.", fallback = "0", max = 1) double duplicate,
      @Field(value = "To come up to half a second late, behind others.", fallback = "0", max = 1)
          double reorder) {}

  /** Waiting times. */
  public record Waits(
      @Field(
              value = "Factor of the protocol's waits, but for answers; 1 as real devices.",
              fallback = "1",
              min = 0.0001,
              max = 1)
          double scale,
      @Field(value = "How long an answer is awaited.", fallback = "5s", min = 0.001, max = 600)
          Duration answer,
      @Field(value = "Most time between two polls of an idle device.", fallback = "24h", min = 0.1)
          Duration poll) {}

  /** What the generator takes. */
  public record Generator(
      @Field(value = "Event loops of each group; 0: half the processors.", fallback = "0", max = 64)
          int loops,
      @Field(value = "Devices under way at a time.", fallback = "8000", min = 1) int inFlight,
      @Field(value = "Connections that devices without own ones share.", fallback = "32", min = 1)
          int connections,
      @Field(value = "Local addresses in turn; each has 28,000 ports.", fallback = "[127.0.0.1]")
          List<String> sources,
      @Field(
              value = "Devices that enroll before all others, on a gateway that was just started.",
              fallback = "0",
              max = 1e6)
          int warmUp) {}

  /** When to give up. */
  public record Stop(
      @Field(value = "The whole run.", fallback = "60m", min = 1) Duration after,
      @Field(value = "Stragglers of a phase, after its last start.", fallback = "120s", min = 0.1)
          Duration patience,
      @Field(value = "A phase with more failures for each device that started.", fallback = "1000")
          double failuresPerDevice) {}

  /** What may be varied. */
  public enum Quantity {
    /** Devices of all groups together. */
    DEVICES,
    /** Starts per second. */
    RATE,
    /** Chance of a frame to be lost. */
    LOSS,
    /** Nodes of the gateway. */
    NODES
  }

  /** One quantity and its values. */
  public record Vary(
      @Field("Which quantity.") Quantity what, @Field("Its values.") List<Double> values)
      implements Checked {
    @Override
    public void check(Problems problems) {
      double least = what == Quantity.LOSS || what == Quantity.RATE ? 0 : 1;
      double most = what == Quantity.LOSS ? 0.99 : what == Quantity.NODES ? 8 : 1e9;
      if (values.isEmpty()) {
        problems.at("values", "must have one at least");
      }
      if (values.stream().anyMatch(value -> value < least || value > most)) {
        problems.at("values", "must be from " + least + " to " + most);
      }
    }
  }

  @Override
  public void check(Problems problems) {
    new ExperimentCheck(this, problems).check();
  }

  /** Whether devices stay, logged in to their platforms. */
  boolean isLiving() {
    return !platforms.isEmpty();
  }

  /** Devices of all groups. */
  int devices() {
    return population.stream().mapToInt(Group::devices).sum();
  }

  /** This experiment at one value of what it varies. */
  Experiment at(double value) {
    Quantity what = vary.map(Vary::what).orElse(Quantity.LOSS);
    return new Experiment(
        name,
        about,
        seed,
        what == Quantity.NODES
            ? new Gateway((int) value, gateway.settings(), gateway.use())
            : gateway,
        platforms,
        products,
        what == Quantity.DEVICES ? resized((int) value) : population,
        what == Quantity.RATE
            ? new Arrival(arrival.shape(), Optional.of(value), Optional.empty())
            : arrival,
        what == Quantity.LOSS
            ? new Network(value, network.duplicate(), network.reorder())
            : network,
        waits,
        generator,
        phases,
        faults,
        stop,
        vary,
        assertions);
  }

  /** As many devices as the generator wants for warming up, which enroll as fast as they can. */
  Optional<Experiment> warmUp() {
    if (generator.warmUp() == 0 || isLiving()) {
      return Optional.empty();
    }
    Arrival atOnce = new Arrival(Shape.CONSTANT, Optional.of(0.0), Optional.empty());
    Network calm = new Network(0, 0, 0);
    return Optional.of(
        new Experiment(
            name,
            about,
            seed,
            gateway,
            platforms,
            products,
            resized(generator.warmUp()),
            atOnce,
            calm,
            waits,
            generator,
            phases.subList(0, 1),
            List.of(),
            stop,
            vary,
            List.of()));
  }

  /** Every group in proportion, at least one device each. */
  private List<Group> resized(int total) {
    double factor = (double) total / devices();
    return population.stream()
        .map(
            group ->
                new Group(
                    Math.max(1, (int) Math.round(group.devices() * factor)),
                    group.product(),
                    group.transport(),
                    group.ownConnections(),
                    group.qos(),
                    group.network()))
        .toList();
  }
}
