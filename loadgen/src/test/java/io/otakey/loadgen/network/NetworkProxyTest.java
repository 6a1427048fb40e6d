package io.otakey.loadgen.network;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.channel.EventLoop;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.otakey.loadgen.baseline.wire.Host;
import io.otakey.loadgen.baseline.wire.HttpLine;
import io.otakey.loadgen.baseline.wire.Links;
import io.otakey.loadgen.link.Loops;
import java.io.IOException;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Real streams through the proxy, against the model that computes what they should take. */
class NetworkProxyTest {
  private static final NetworkClass NETWORK = NetworkClass.THREAD.steady();

  private final MultiThreadIoEventLoopGroup group = Loops.open("proxy-test", 2);
  private final EventLoop devices = group.next();
  private Host host;
  private NetworkProxy proxy;

  @BeforeEach
  void start() throws IOException, InterruptedException {
    host = Echo.start();
    proxy = NetworkProxy.start(group.next(), host.endpoint(), NETWORK);
  }

  @AfterEach
  void stop() {
    proxy.close();
    host.close();
    Loops.end(group);
  }

  /**
   * The proxy's timers never end early, so it takes no less than the model, but for a millisecond
   * of rounding. What it takes beyond is this machine's: classes that load, threads that wake late.
   * So the quickest of a few exchanges counts, and the model's 1.3 s leave room for half as much
   * again, while a proxy that forgot the handshake or the rate would be out of bounds below, and
   * one with a delay too many above.
   */
  @Test
  void measuredTime_isTheComputedOne() throws IOException {
    double least = Double.POSITIVE_INFINITY;
    for (int i = 0; i < 3 || (i < 6 && least > 1.5); i++) {
      least = Math.min(least, measuredToComputed());
    }
    assertThat(least).isBetween(0.995, 1.5);
  }

  private double measuredToComputed() throws IOException {
    Links links = new Links(devices);
    long begun = System.nanoTime();
    try (HttpLine line = HttpLine.open(links, proxy.endpoint(), Optional.empty())) {
      for (int i = 0; i < 2; i++) {
        assertThat(line.post("/", Map.of(), new byte[600]).body()).hasSize(600);
      }
    }
    double measured = (System.nanoTime() - begun) / 1e6;
    double computed = new TimeModel(NETWORK, 1).time(links.trace()).millis();
    assertThat(computed).isBetween(1_000.0, 1_500.0);
    return measured / computed;
  }

  @Test
  void stalledStream_goesOnLater() throws IOException {
    try (HttpLine line = HttpLine.open(new Links(devices), proxy.endpoint(), Optional.empty())) {
      line.get("/", Map.of());
      long begun = System.nanoTime();
      proxy.stall(Duration.ofMillis(1_500));
      assertThat(line.get("/", Map.of()).status()).isEqualTo(200);
      assertThat(System.nanoTime() - begun).isGreaterThan(1_500_000_000L);
    }
  }

  @Test
  void cutStream_isGone_andANewOneComes() throws IOException {
    try (HttpLine line = HttpLine.open(new Links(devices), proxy.endpoint(), Optional.empty())) {
      line.get("/", Map.of());
      proxy.cut();
      assertThatThrownBy(() -> line.get("/", Map.of())).isInstanceOf(IOException.class);
    }
    try (HttpLine line = HttpLine.open(new Links(devices), proxy.endpoint(), Optional.empty())) {
      assertThat(line.get("/", Map.of()).status()).isEqualTo(200);
    }
  }
}
