package io.otakey.loadgen.experiment;

import io.otakey.loadgen.file.Field;
import io.otakey.loadgen.file.Problems;
import io.otakey.loadgen.file.Problems.Checked;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/** What a file asks for. */
public record Experiment(
    @Field(
            value = "Short name; the report's files have it.",
            pattern = "[a-z0-9][a-z0-9-]{0,39}",
            words = "lower-case letters, digits and dashes, 40 at most")
        String name,
    @Field("What is to be shown, in a few sentences; it stands on top of the report.") String about,
    @Field(value = "Of all chance in devices and network.", fallback = "1") long seed,
    @Field(value = "What the devices talk to.", fallback = "{}") Gateway gateway,
    @Field(
            value = "Simulated platforms that devices log in to; new ones go to the first.",
            fallback = "[]",
            pattern = "[a-z0-9][a-z0-9-]{0,31}",
            words = "lower-case letters, digits and dashes, 32 at most")
        List<String> platforms,
    @Field(value = "Products with their policies.", fallback = "[{id: demo}]")
        List<Product> products,
    @Field("Groups of devices.") List<Group> population,
    @Field(
            value = "When devices start, in every phase that does not say otherwise.",
            fallback = "{}")
        Arrival arrival,
    @Field(value = "What becomes of frames on their way.", fallback = "{}") Network network,
    @Field(value = "Networks that groups may name, beside the presets.", fallback = "[]")
        List<OwnNetwork> networks,
    @Field(value = "How long devices wait.", fallback = "{}") Waits waits,
    @Field(value = "The generator itself.", fallback = "{}") Generator generator,
    @Field("What happens, one after the other; a proof that every key is served ends it.")
        List<Phase> phases,
    @Field(value = "What goes wrong meanwhile.", fallback = "[]") List<Fault> faults,
    @Field("Other ways of giving devices keys, measured after the phases on the same machine.")
        Optional<Baselines> baselines,
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
      @Field(
              value = "Its MQTT listener, host:port.",
              pattern = "[^:]+:[0-9]+",
              words = "host:port, as 127.0.0.1:1883")
          String mqtt,
      @Field(
              value = "Its HTTP listener, host:port.",
              pattern = "[^:]+:[0-9]+",
              words = "host:port, as 127.0.0.1:8080")
          Optional<String> http,
      @Field(
              value = "Its administration API.",
              pattern = "https?://.+",
              words = "a URL, as http://127.0.0.1:8081")
          String admin,
      @Field("File with an admin token.") String tokenFile) {}

  /** A product of the run. */
  public record Product(
      @Field(
              value = "Its id.",
              pattern = "[a-z0-9][a-z0-9-]{0,31}",
              words = "lower-case letters, digits and dashes, 32 at most")
          String id,
      @Field(value = "Whether devices are registered before they enroll.", fallback = "false")
          boolean allowList) {}

  /** What carries frames. */
  public enum Via {
    MQTT,
    HTTP,
    /** Every other device. */
    MIX
  }

  /** What devices are. */
  public enum Kind {
    /** Of this generator, in Java. */
    VIRTUAL,
    /** The firmware, thousands of them in a process of this machine. */
    HOST,
    /** The firmware's image, each on a chip of its own in an emulator. */
    CHIP
  }

  /** Devices that are alike. */
  public record Group(
      @Field(
              value = "Its name in figures.",
              pattern = "[a-z][a-z0-9-]{0,19}",
              words = "lower-case letters, digits and dashes, a letter first, 20 at most")
          Optional<String> name,
      @Field(value = "How many.", min = 1, max = 10_000_000) int devices,
      @Field(value = "What they are.", fallback = "virtual") Kind kind,
      @Field(value = "Id of their product.", fallback = "demo") String product,
      @Field(value = "Their transport.", fallback = "mqtt") Via transport,
      @Field(
              value = "A connection for each device; or few warm ones, as behind a proxy.",
              fallback = "true")
          boolean ownConnections,
      @Field(value = "QoS of MQTT.", fallback = "1", max = 1) int qos,
      @Field("Network between them and the gateway: a preset, or one of networks.")
          Optional<String> network) {
    /** The same with another number of devices. */
    Group of(int number) {
      return new Group(name, number, kind, product, transport, ownConnections, qos, network);
    }

    /** Whether the generator takes it through the phases; firmware goes its own way. */
    boolean isVirtual() {
      return kind == Kind.VIRTUAL;
    }
  }

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

    /** What one of several generators has of it. */
    Arrival share(int shards) {
      return within.isPresent()
          ? this
          : new Arrival(shape, Optional.of(rate.orElse(USUAL) / shards), within);
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
          int warmUp,
      @Field(
              value = "Processes that share the virtual devices; 1: this one alone.",
              fallback = "1",
              min = 1,
              max = 64)
          int processes,
      @Field(
              value = "Of these, processes that are waited for: otakey loadgen join.",
              fallback = "0",
              max = 64)
          int joining) {
    /** What one of several generators has of it. */
    Generator share(int shards) {
      return new Generator(
          loops,
          Math.max(1, inFlight / shards),
          Math.max(1, connections / shards),
          sources,
          0,
          1,
          0);
    }
  }

  /** When to give up. */
  public record Stop(
      @Field(value = "The whole run.", fallback = "60m", min = 1) Duration after,
      @Field(value = "Stragglers of a phase, after its last start.", fallback = "120s", min = 0.1)
          Duration patience,
      @Field(value = "A phase with more failures for each device that started.", fallback = "1000")
          double failuresPerDevice) {}

  @Override
  public void check(Problems problems) {
    new ExperimentCheck(this, problems).check();
  }

  /** Whether devices stay, logged in to their platforms. */
  boolean isLiving() {
    return !platforms.isEmpty();
  }

  /** Whether devices talk through networks that are played here. */
  public boolean hasNetworks() {
    return population.stream().anyMatch(group -> group.network().isPresent());
  }

  /** What keeps devices and gateways from having a network to themselves. */
  public Optional<String> tieToOutside() {
    if (gateway.use().isPresent()) {
      return Optional.of("gateway.use names gateways that are elsewhere");
    }
    return generator.joining() == 0
        ? Optional.empty()
        : Optional.of("generator.joining waits for processes from elsewhere");
  }

  /** Devices of all groups. */
  int devices() {
    return population.stream().mapToInt(Group::devices).sum();
  }

  /** Devices that the generator takes through the phases. */
  int virtualDevices() {
    return population.stream().filter(Group::isVirtual).mapToInt(Group::devices).sum();
  }

  /** What a group is called, by its place in the population. */
  String title(int group) {
    return population.get(group).name().orElse("group-" + (group + 1));
  }

  /** This experiment at one value of what it varies. */
  Experiment at(double value) {
    return switch (vary.map(Vary::what).orElse(Vary.Quantity.LOSS)) {
      case NODES ->
          with(
              seed,
              new Gateway((int) value, gateway.settings(), gateway.use()),
              population,
              arrival,
              network,
              generator,
              phases);
      case DEVICES ->
          with(seed, gateway, resized((int) value), arrival, network, generator, phases);
      case RATE ->
          with(
              seed,
              gateway,
              population,
              new Arrival(arrival.shape(), Optional.of(value), Optional.empty()),
              network,
              generator,
              phases);
      case LOSS ->
          with(
              seed,
              gateway,
              population,
              arrival,
              new Network(value, network.duplicate(), network.reorder()),
              generator,
              phases);
    };
  }

  /** As many devices as the generator wants for warming up, which enroll as fast as they can. */
  Optional<Experiment> warmUp() {
    if (generator.warmUp() == 0 || isLiving()) {
      return Optional.empty();
    }
    Arrival atOnce = new Arrival(Shape.CONSTANT, Optional.of(0.0), Optional.empty());
    Network calm = new Network(0, 0, 0);
    List<Phase> enroll = phases.subList(0, 1);
    return Optional.of(
        with(seed, gateway, resized(generator.warmUp()), atOnce, calm, generator, enroll));
  }

  /** What one of several generators does of it; a group may have none of its devices there. */
  Experiment share(int shard, int shards) {
    return with(
        seed + 1000L * shard,
        gateway,
        population.stream()
            .map(group -> group.isVirtual() ? group.of(share(group, shard, shards)) : group)
            .toList(),
        arrival.share(shards),
        network,
        generator.share(shards),
        phases.stream().map(phase -> phase.share(shards)).toList());
  }

  private static int share(Group group, int shard, int shards) {
    long devices = group.devices();
    return (int) (devices * (shard + 1) / shards - devices * shard / shards);
  }

  private Experiment with(
      long newSeed,
      Gateway newGateway,
      List<Group> groups,
      Arrival newArrival,
      Network newNetwork,
      Generator newGenerator,
      List<Phase> newPhases) {
    return new Experiment(
        name,
        about,
        newSeed,
        newGateway,
        platforms,
        products,
        groups,
        newArrival,
        newNetwork,
        networks,
        waits,
        newGenerator,
        newPhases,
        faults,
        baselines,
        stop,
        vary,
        assertions);
  }

  /** Every group in proportion, at least one device each. */
  private List<Group> resized(int total) {
    double factor = (double) total / devices();
    return population.stream()
        .map(group -> group.of(Math.max(1, (int) Math.round(group.devices() * factor))))
        .toList();
  }
}
