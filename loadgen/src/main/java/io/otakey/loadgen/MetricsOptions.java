package io.otakey.loadgen;

import io.otakey.loadgen.live.LiveRun;
import io.otakey.loadgen.load.LoadRun;
import io.otakey.loadgen.metric.LoadMeters;
import io.otakey.loadgen.metric.MetricsEndpoint;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;

/** Where a run shows its metrics; without a port, nowhere. */
final class MetricsOptions {
  @Option(
      names = "--metrics-port",
      description = "Show Prometheus how the run goes, at this port; 0: any, told on the terminal.")
  private @Nullable Integer port;

  @Option(
      names = "--metrics-host",
      description = "Address to listen on for that (${DEFAULT-VALUE}).")
  private String host = "127.0.0.1";

  void check(List<String> problems) {
    if (port != null && (port < 0 || port > 0xffff)) {
      problems.add("--metrics-port must be from 0 to 65535");
    }
  }

  /** Shows what there is from now on, until closed. */
  Shown show(CommandLine command) {
    if (port == null) {
      return new Shown(Optional.empty());
    }
    LoadMeters meters = new LoadMeters();
    try {
      MetricsEndpoint endpoint = new MetricsEndpoint(meters, new InetSocketAddress(host, port));
      System.err.println("metrics: http://" + host + ":" + endpoint.port() + "/metrics");
      return new Shown(Optional.of(new Meters(meters, endpoint)));
    } catch (IOException e) {
      meters.close();
      throw new ParameterException(
          command, "metrics cannot be shown at " + host + ":" + port + ": " + e.getMessage(), e);
    }
  }

  private record Meters(LoadMeters meters, MetricsEndpoint endpoint) {}

  /** Meters that are being shown, if any are. */
  static final class Shown implements AutoCloseable {
    private final Optional<Meters> meters;

    private Shown(Optional<Meters> meters) {
      this.meters = meters;
    }

    Optional<LoadRun.Watcher> watcher() {
      return meters.map(Meters::meters);
    }

    void follow(LiveRun run, int devices) {
      meters.ifPresent(m -> m.meters().follow(run, devices));
    }

    @Override
    public void close() {
      meters.ifPresent(
          m -> {
            m.endpoint().close();
            m.meters().close();
          });
    }
  }
}
