package io.otakey.gateway;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.otakey.gateway.exchange.FrameHandler;
import io.otakey.gateway.exchange.FrameService;
import io.otakey.gateway.exchange.Reply;
import io.otakey.gateway.presence.Presence;
import io.otakey.gateway.transport.Admission;
import io.otakey.gateway.transport.LimitsConfig;
import io.otakey.gateway.transport.mqtt.MqttConfig;
import io.otakey.gateway.transport.mqtt.MqttTransport;
import io.otakey.protocol.wire.DeviceRef;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import java.io.BufferedInputStream;
import java.io.DataInputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadInfo;
import java.lang.management.ThreadMXBean;
import java.net.Socket;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/**
 * What a refused frame costs beside the same transport's bare echo of the same frame: CPU of the
 * event loop, by thread CPU time, in alternating windows. A main, not a test: {@code ./otakey
 * bench}.
 */
public final class RefusalBench {
  private static final int WINDOWS = 9;
  private static final int CONNECTIONS = 16;
  private static final int FRAMES = 500; // of each connection, one at a time, as devices send

  private RefusalBench() {}

  /** Prints a line for each kind of refused frame. */
  public static void main(String[] arguments) throws Exception {
    Path folder = Path.of(arguments[0]);
    try (TestGateway gateway = TestGateway.start(folder, Map.of()).withOpenProduct()) {
      FrameService real = gateway.gateway().frames();
      Map<String, byte[]> frames = new LinkedHashMap<>();
      TestDevice device = gateway.device("bench");
      byte[] enroll = device.enroll().request();
      byte[] wrongGuard = enroll.clone();
      wrongGuard[wrongGuard.length - 1] ^= 1;
      byte[] garbage = enroll.clone();
      garbage[0] = 0x55;
      gateway.post(enroll);
      frames.put("garbage", garbage);
      frames.put("ENROLL, wrong guard", wrongGuard);
      frames.put("ENROLL, repeated", enroll);
      byte[] poll = unknownPoll();
      frames.put("POLL, wrong mac", poll);
      Vertx bare = Vertx.vertx(new VertxOptions().setEventLoopPoolSize(1));
      Vertx whole = Vertx.vertx(new VertxOptions().setEventLoopPoolSize(1));
      int echoPort = listen(bare, real, RefusalBench::echo);
      int realPort = listen(whole, real, real.handlerFor("bench"));
      for (Map.Entry<String, byte[]> frame : frames.entrySet()) {
        compare(frame.getKey(), frame.getValue(), echoPort, realPort);
      }
      Waiting.forDone(bare.close());
      Waiting.forDone(whole.close());
    }
  }

  /** A POLL that nobody's key authenticates. */
  private static byte[] unknownPoll() {
    byte[] token = new byte[15];
    token[0] = 1;
    token[1] = 1;
    token[2] = 1;
    token[3] = 1;
    io.otakey.protocol.wire.KeyRef key =
        new io.otakey.protocol.wire.KeyRef(
            new DeviceRef(TestGateway.PRODUCT, "bench"),
            1,
            io.otakey.protocol.wire.Token.of(token));
    byte[] covered = io.otakey.protocol.wire.PollRequest.covered(key, new byte[8]);
    return Arrays.copyOf(covered, covered.length + 16);
  }

  private static Future<Reply> echo(byte[] frame) {
    return Future.succeededFuture(
        new Reply(
            frame,
            Reply.Kind.NOTICE,
            Optional.empty(),
            0,
            Optional.empty(),
            false,
            Optional.empty(),
            ""));
  }

  private static int listen(Vertx vertx, FrameService frames, FrameHandler handler) {
    SimpleMeterRegistry meters = new SimpleMeterRegistry();
    MqttTransport transport =
        new MqttTransport(
            new MqttConfig(true, "127.0.0.1", 0, false, false),
            Optional.empty(),
            new Admission(LimitsConfig.DEFAULT, meters, System::nanoTime),
            frames,
            handler,
            new Presence(),
            unpaused(),
            meters.counter("late"));
    Waiting.forResult(vertx.deployVerticle(transport));
    return transport.port();
  }

  /** What is asked for is the frame's own cost, not what resting the connection saves. */
  private static LimitsConfig unpaused() {
    LimitsConfig usual = LimitsConfig.DEFAULT;
    return new LimitsConfig(
        usual.maxConnections(),
        usual.maxConnectionsPerSource(),
        usual.connectionsPerSecondPerSource(),
        usual.framesPerSecondPerSource(),
        usual.trustedSources(),
        usual.firstFrame(),
        Duration.ZERO);
  }

  private static void compare(String what, byte[] frame, int echoPort, int realPort)
      throws Exception {
    for (int warm = 0; warm < 4; warm++) {
      window(frame, echoPort);
      window(frame, realPort);
    }
    double[] echo = new double[WINDOWS];
    double[] real = new double[WINDOWS];
    double[] ratio = new double[WINDOWS];
    for (int i = 0; i < WINDOWS; i++) {
      echo[i] = window(frame, echoPort);
      real[i] = window(frame, realPort);
      ratio[i] = real[i] / echo[i];
    }
    System.out.printf(
        Locale.ROOT,
        "%-24s refused %6.2f us, bare echo %6.2f us, ratio %.2f%n",
        what,
        median(real),
        median(echo),
        median(ratio));
  }

  private static double median(double[] values) {
    double[] sorted = values.clone();
    Arrays.sort(sorted);
    return sorted[sorted.length / 2];
  }

  /** Microseconds of event loop CPU for each frame of a window. */
  private static double window(byte[] frame, int port) throws Exception {
    byte[] packet = RawLine.publish(frame, 0);
    List<Thread> devices = new ArrayList<>();
    long before = eventLoopCpu();
    for (int i = 0; i < CONNECTIONS; i++) {
      Thread device = new Thread(() -> ask(packet, port), "device-" + i);
      device.start();
      devices.add(device);
    }
    for (Thread device : devices) {
      device.join();
    }
    return (eventLoopCpu() - before) / 1e3 / (CONNECTIONS * FRAMES);
  }

  /** One connection: a CONNECT, then the same PUBLISH of QoS 0 again and again, one at a time. */
  private static void ask(byte[] packet, int port) {
    try (Socket socket = new Socket("127.0.0.1", port)) {
      socket.setTcpNoDelay(true);
      DataInputStream in = new DataInputStream(new BufferedInputStream(socket.getInputStream()));
      byte[] connect = {0x10, 13, 0, 4, 'M', 'Q', 'T', 'T', 4, 2, 0, 0, 0, 1, 'x'};
      socket.getOutputStream().write(connect);
      skipPacket(in);
      for (int i = 0; i < FRAMES; i++) {
        socket.getOutputStream().write(packet);
        skipPacket(in);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static void skipPacket(DataInputStream in) throws IOException {
    in.readUnsignedByte();
    int low = in.readUnsignedByte();
    in.skipNBytes(low < 0x80 ? low : (low & 0x7f) | (in.readUnsignedByte() << 7));
  }

  private static long eventLoopCpu() {
    ThreadMXBean threads = ManagementFactory.getThreadMXBean();
    long sum = 0;
    for (ThreadInfo info : threads.getThreadInfo(threads.getAllThreadIds())) {
      if (info != null && info.getThreadName().startsWith("vert.x-eventloop")) {
        sum += Math.max(0, threads.getThreadCpuTime(info.getThreadId()));
      }
    }
    return sum;
  }
}
