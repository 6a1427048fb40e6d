package io.otakey.loadgen;

import io.netty.channel.EventLoop;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.handler.ssl.SslContext;
import io.otakey.loadgen.baseline.Comparison;
import io.otakey.loadgen.baseline.ComparisonTable;
import io.otakey.loadgen.baseline.Measurement;
import io.otakey.loadgen.baseline.scheme.Comparisons;
import io.otakey.loadgen.baseline.scheme.GatewayProcessCpu;
import io.otakey.loadgen.baseline.scheme.GatewayUnderTest;
import io.otakey.loadgen.baseline.scheme.Schemes;
import io.otakey.loadgen.link.Endpoint;
import io.otakey.loadgen.link.Loops;
import io.otakey.loadgen.link.Transport;
import io.otakey.loadgen.link.Trust;
import io.otakey.loadgen.network.NetworkClass;
import io.otakey.loadgen.report.JsonReport;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** OTA-Key beside other ways of giving devices keys; all problems are told at once. */
@Command(
    name = "baselines",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    description =
        "Takes devices through OTA-Key and through other schemes, each with real servers and real"
            + " cryptography on this machine, and compares bytes, round trips, CPU, computed times"
            + " on constrained networks, and what a lost answer leads to. OTA-Key is measured if a"
            + " gateway is given: ./otakey bench baselines starts one.")
final class BaselinesCommand implements Callable<Integer> {
  @Spec private CommandSpec spec = CommandSpec.create();

  @Option(names = "--devices", description = "Counted for each scheme (${DEFAULT-VALUE}).")
  private int devices = 100;

  @Option(
      names = "--warm-up",
      description = "Devices before, not counted; until this process is warm (${DEFAULT-VALUE}).")
  private int warmUp = 100;

  @Option(
      names = "--only",
      split = ",",
      description = "Schemes whose ids begin so, as otakey,est (all).")
  private List<String> only = new ArrayList<>();

  @Mixin private ProductOptions product = new ProductOptions();

  @Mixin private ListenerOptions listeners = new ListenerOptions();

  @Option(names = "--mqtts", description = "Its MQTT listener with TLS.")
  private @Nullable String mqtts;

  @Option(names = "--https", description = "Its HTTP listener with TLS.")
  private @Nullable String https;

  @Option(names = "--gateway-pid", description = "Its process, whose CPU is counted.")
  private long gatewayPid;

  @Option(names = "--database-pid", description = "First process of its PostgreSQL, likewise.")
  private long databasePid;

  @Option(names = "--seed", description = "Of computed times (${DEFAULT-VALUE}).")
  private long seed = 1;

  @Option(names = "--json", description = "Write the result to this file.")
  private @Nullable Path json;

  @Option(names = "--quiet", description = "No progress, no table.")
  private boolean quiet;

  private final List<String> problems = new ArrayList<>();

  @Override
  public Integer call() throws Exception {
    check(devices >= 1, "--devices must be at least 1");
    check(warmUp >= 0, "--warm-up must not be negative");
    Optional<GatewayUnderTest> gateway = gateway();
    OptionProblems.tell(spec, problems);
    MultiThreadIoEventLoopGroup group = Loops.open("baseline-devices", 1);
    try {
      EventLoop loop = group.next();
      Schemes schemes = new Schemes(gateway, loop);
      List<String> ids = chosen(schemes.ids());
      Measurement measurement = new Measurement(loop, devices, warmUp, NetworkClass.PRESETS, seed);
      String command = String.join(" ", spec.commandLine().getParseResult().originalArgs());
      Comparison comparison =
          new Comparisons(schemes, measurement, this::tell).run(command, ids, gateway.isPresent());
      if (!quiet) {
        new ComparisonTable(spec.commandLine().getOut()).print(comparison);
      }
      if (json != null) {
        JsonReport.write(comparison, json);
      }
      return 0;
    } finally {
      Loops.end(group);
    }
  }

  private void tell(String progress) {
    if (!quiet) {
      System.err.println(progress);
    }
  }

  private List<String> chosen(List<String> ids) {
    List<String> chosen =
        ids.stream()
            .filter(id -> only.isEmpty() || only.stream().anyMatch(id::startsWith))
            .toList();
    List<String> unknown =
        only.stream()
            .filter(prefix -> ids.stream().noneMatch(id -> id.startsWith(prefix)))
            .toList();
    if (!unknown.isEmpty()) {
      throw new ParameterException(
          spec.commandLine(),
          "--only "
              + String.join(",", unknown)
              + " is no scheme; there are: "
              + String.join(" ", ids));
    }
    return chosen;
  }

  private Optional<GatewayUnderTest> gateway() {
    if (!product.hasBundle()) {
      check(
          !listeners.isGiven() && mqtts == null && https == null,
          "a gateway's listeners need --bundle as well");
      return Optional.empty();
    }
    check(gatewayPid > 0, "--bundle needs --gateway-pid, for CPU");
    Map<Transport, Endpoint> plain = listeners.given(problems);
    Map<Transport, Endpoint> secure = new EnumMap<>(Transport.class);
    ListenerOptions.add("--mqtts", mqtts, Transport.MQTT, secure, problems);
    ListenerOptions.add("--https", https, Transport.HTTP, secure, problems);
    check(!plain.isEmpty() || !secure.isEmpty(), "--bundle needs a listener of the gateway");
    check(secure.isEmpty() || product.tls().isPresent(), "--mqtts and --https need --tls");
    Optional<SslContext> trust = product.tls().flatMap(this::trust);
    return product
        .firmware(problems)
        .map(
            firmware ->
                new GatewayUnderTest(
                    firmware,
                    plain,
                    secure,
                    trust,
                    new GatewayProcessCpu(gatewayPid, databasePid)));
  }

  private Optional<SslContext> trust(Path tls) {
    try {
      return Optional.of(Trust.newest(tls));
    } catch (SSLException e) {
      problems.add("--tls " + tls + " cannot be used: " + e.getMessage());
      return Optional.empty();
    }
  }

  private void check(boolean holds, String problem) {
    if (!holds) {
      problems.add(problem);
    }
  }
}
