package io.otakey.loadgen.network;

import io.netty.channel.EventLoop;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.otakey.loadgen.baseline.wire.Host;
import io.otakey.loadgen.baseline.wire.HttpHandler;
import io.otakey.loadgen.baseline.wire.HttpLine;
import io.otakey.loadgen.baseline.wire.Links;
import io.otakey.loadgen.link.Loops;
import java.io.IOException;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/**
 * Real packets through a kernel that has netem, in a network namespace of its own: they take the
 * time that the model says, those of other ports do not, and lost ones come again. Prints what it
 * measured; exit code 1 if anything is not so.
 */
public final class NetemMain {
  private static final NetworkClass THREAD = NetworkClass.THREAD.steady();
  private static final NetworkClass LOSSY =
      new NetworkClass("lossy", 20, 0, 10_000_000, 10_000_000, 0.2, 1208, 4);
  private static final int EXCHANGES = 40;

  private final MultiThreadIoEventLoopGroup group = Loops.open("netem", 2);
  private final EventLoop devices = group.next();
  private final Netem netem;
  private final Host host;
  private boolean failed;

  private NetemMain(Netem netem) throws IOException, InterruptedException {
    this.netem = netem;
    this.host =
        Host.start(
            Optional.empty(),
            pipeline ->
                HttpHandler.install(
                    pipeline,
                    request ->
                        new HttpHandler.Answer(200, Map.of(), new byte[request.body().length])));
  }

  /** Goes into a namespace first. */
  public static void main(String[] arguments) throws Exception {
    if (Netem.here().isEmpty()) {
      Optional<String> obstacle = NetworkNamespace.obstacle();
      if (obstacle.isPresent()) {
        System.out.println("FAILED: no netem here: " + obstacle.get());
        System.exit(1);
      }
      System.exit(NetworkNamespace.run(NetemMain.class.getName(), List.of()));
    }
    System.exit(new NetemMain(Netem.here().get()).run() ? 0 : 1);
  }

  private boolean run() throws IOException, InterruptedException {
    double computed = 0;
    double delayed = Double.POSITIVE_INFINITY;
    double untouched = Double.POSITIVE_INFINITY;
    try (NetworkProxy beside = NetworkProxy.start(group.next(), host.endpoint(), fast());
        NetworkProxy shaped = shaped(THREAD)) {
      for (int i = 0; i < 4; i++) { // the first one loads classes
        Links links = new Links(devices);
        delayed = Math.min(delayed, exchanges(links, shaped, 2)[0]);
        computed = new TimeModel(THREAD, 1).time(links.trace()).millis();
        untouched = Math.min(untouched, exchanges(new Links(devices), beside, 2)[0]);
      }
    }
    say(
        delayed > 0.98 * computed && delayed < 1.5 * computed,
        "two exchanges take %.0f ms, and %.0f by the model",
        delayed,
        computed);
    say(untouched < delayed / 4, "at another port %.0f ms", untouched);
    try (NetworkProxy lossy = shaped(LOSSY)) {
      double[] times = exchanges(new Links(devices), lossy, EXCHANGES);
      say(
          times[1] > 200 && times[1] < 60_000,
          "of %d exchanges with a packet of five lost all were answered, the slowest after %.0f ms",
          EXCHANGES,
          times[1]);
    }
    String told = netem.told();
    say(!told.endsWith(" and 0 lost"), "%s", told);
    return !failed;
  }

  private NetworkProxy shaped(NetworkClass network) throws IOException, InterruptedException {
    NetworkProxy proxy = NetworkProxy.start(group.next(), host.endpoint(), network.ratesOnly());
    netem.shape(proxy.endpoint().port(), network, 0);
    return proxy;
  }

  private static NetworkClass fast() {
    return new NetworkClass("beside", 0, 0, 10_000_000, 10_000_000, 0, 1208, 4);
  }

  /** All over one connection: milliseconds of all together, and of the slowest. */
  private static double[] exchanges(Links links, NetworkProxy proxy, int count) throws IOException {
    long begun = System.nanoTime();
    double slowest = 0;
    try (HttpLine line = HttpLine.open(links, proxy.endpoint(), Optional.empty())) {
      for (int i = 0; i < count; i++) {
        long from = System.nanoTime();
        if (line.post("/", Map.of(), new byte[600]).body().length != 600) {
          throw new IOException("not what was asked for");
        }
        slowest = Math.max(slowest, (System.nanoTime() - from) / 1e6);
      }
    }
    return new double[] {(System.nanoTime() - begun) / 1e6, slowest};
  }

  private void say(boolean holds, String what, Object... values) {
    failed |= !holds;
    System.out.println((holds ? "" : "FAILED: ") + String.format(Locale.ROOT, what, values));
  }
}
