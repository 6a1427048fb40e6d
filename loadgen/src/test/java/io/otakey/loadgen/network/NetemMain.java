package io.otakey.loadgen.network;

import io.netty.channel.EventLoop;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.otakey.loadgen.baseline.wire.Host;
import io.otakey.loadgen.baseline.wire.HttpLine;
import io.otakey.loadgen.baseline.wire.Links;
import io.otakey.loadgen.link.Loops;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/**
 * Real packets through a kernel that has netem, in a network namespace of its own: they take the
 * time that the model says, with lost ones about that time, and those of other ports none. Prints
 * what it measured; exit code 1 if anything is not so.
 */
public final class NetemMain {
  private static final NetworkClass THREAD = NetworkClass.THREAD.steady();
  private static final NetworkClass LOSSY = THREAD.withLoss(0.05);
  private static final int CONNECTIONS = 100;
  private static final int AT_A_TIME = 20;

  private final MultiThreadIoEventLoopGroup group = Loops.open("netem", 2);
  private final EventLoop devices = group.next();
  private final Netem netem;
  private final Host host;
  private boolean failed;

  private NetemMain(Netem netem) throws IOException, InterruptedException {
    this.netem = netem;
    this.host = Echo.start();
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

  private boolean run() throws IOException, InterruptedException, ExecutionException {
    double computed = 0;
    double delayed = Double.POSITIVE_INFINITY;
    double untouched = Double.POSITIVE_INFINITY;
    try (NetworkProxy beside = NetworkProxy.start(group.next(), host.endpoint(), fast());
        NetworkProxy shaped = shaped(THREAD)) {
      for (int i = 0; i < 4; i++) { // the first one loads classes
        Links links = new Links(devices);
        delayed = Math.min(delayed, exchanges(links, shaped));
        computed = new TimeModel(THREAD, 1).time(links.trace()).millis();
        untouched = Math.min(untouched, exchanges(new Links(devices), beside));
      }
    }
    say(
        delayed > 0.98 * computed && delayed < 1.5 * computed,
        "two exchanges take %.0f ms, and %.0f by the model",
        delayed,
        computed);
    say(untouched < delayed / 4, "at another port %.0f ms", untouched);
    lossy();
    String told = netem.told();
    say(!told.endsWith(" and 0 lost"), "%s", told);
    return !failed;
  }

  /** The model's TCP is one of small devices; this is Linux's, whose timers run out sooner. */
  private void lossy() throws IOException, InterruptedException, ExecutionException {
    List<Links> all = new ArrayList<>();
    List<Callable<Double>> tasks = new ArrayList<>();
    ExecutorService pool = Executors.newFixedThreadPool(AT_A_TIME);
    try (NetworkProxy lossy = shaped(LOSSY)) {
      for (int i = 0; i < CONNECTIONS; i++) {
        Links links = new Links(devices);
        all.add(links);
        tasks.add(() -> exchanges(links, lossy));
      }
      List<Double> took = new ArrayList<>();
      for (Future<Double> each : pool.invokeAll(tasks)) {
        took.add(each.get());
      }
      Collections.sort(took);
      double mean = took.stream().mapToDouble(Double::doubleValue).average().orElseThrow();
      TimeModel.Computed model = new TimeModel(LOSSY, 1).time(all.get(0).trace());
      say(
          mean > model.millis() / 2 && mean < model.millis() * 3,
          "with a packet of twenty lost they take %.0f ms on average, 95 of 100 at most %.0f; by the"
              + " model %.0f and %.0f",
          mean,
          took.get(took.size() * 95 / 100 - 1),
          model.millis(),
          model.p95Millis());
    } finally {
      pool.shutdownNow();
    }
  }

  private NetworkProxy shaped(NetworkClass network) throws IOException, InterruptedException {
    NetworkProxy proxy = NetworkProxy.start(group.next(), host.endpoint(), network.ratesOnly());
    netem.shape(proxy.endpoint().port(), network, 0);
    return proxy;
  }

  private static NetworkClass fast() {
    return new NetworkClass("beside", 0, 0, 10_000_000, 10_000_000, 0, 1208, 4);
  }

  /** Milliseconds that two of them take, with the connection that they share. */
  private static double exchanges(Links links, NetworkProxy proxy) throws IOException {
    long begun = System.nanoTime();
    try (HttpLine line = HttpLine.open(links, proxy.endpoint(), Optional.empty())) {
      for (int i = 0; i < 2; i++) {
        if (line.post("/", Map.of(), new byte[600]).body().length != 600) {
          throw new IOException("not what was asked for");
        }
      }
    }
    return (System.nanoTime() - begun) / 1e6;
  }

  private void say(boolean holds, String what, Object... values) {
    failed |= !holds;
    System.out.println((holds ? "" : "FAILED: ") + String.format(Locale.ROOT, what, values));
  }
}
