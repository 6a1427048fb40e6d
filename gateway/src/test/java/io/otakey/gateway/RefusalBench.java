package io.otakey.gateway;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.netty.bootstrap.Bootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.epoll.EpollSocketChannel;
import io.netty.channel.socket.SocketChannel;
import io.otakey.gateway.exchange.FrameHandler;
import io.otakey.gateway.exchange.FrameService;
import io.otakey.gateway.exchange.Reply;
import io.otakey.gateway.transport.Admission;
import io.otakey.gateway.transport.LimitsConfig;
import io.otakey.gateway.transport.mqtt.MqttConfig;
import io.otakey.gateway.transport.mqtt.MqttTransport;
import io.otakey.protocol.wire.DeviceRef;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadInfo;
import java.lang.management.ThreadMXBean;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;

/**
 * What a refused frame costs beside the same transport's bare echo of the same frame: CPU of the
 * event loop, by thread CPU time, in alternating windows. A main, not a test: {@code ./otakey
 * bench}.
 */
public final class RefusalBench {
  private static final int WINDOWS = 9;
  private static final int CONNECTIONS = 50;
  private static final int FRAMES = 150; // of each connection, one at a time, as devices send

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
        new Reply(frame, Reply.Kind.NOTICE, Optional.empty(), 0, Optional.empty(), false, ""));
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
            LimitsConfig.DEFAULT.firstFrame(),
            meters.counter("late"));
    Waiting.forResult(vertx.deployVerticle(transport));
    return transport.port();
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
    EventLoopGroup group = new MultiThreadIoEventLoopGroup(1, EpollIoHandler.newFactory());
    try {
      CountDownLatch done = new CountDownLatch(CONNECTIONS);
      Bootstrap bootstrap =
          new Bootstrap()
              .group(group)
              .channel(EpollSocketChannel.class)
              .handler(
                  new ChannelInitializer<SocketChannel>() {
                    @Override
                    protected void initChannel(SocketChannel connected) {
                      connected.pipeline().addLast(new Flood(frame, done));
                    }
                  });
      long before = eventLoopCpu();
      for (int i = 0; i < CONNECTIONS; i++) {
        bootstrap.connect("127.0.0.1", port).sync();
      }
      done.await();
      return (eventLoopCpu() - before) / 1e3 / (CONNECTIONS * FRAMES);
    } finally {
      group.shutdownGracefully().sync();
    }
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

  /** Speaks just enough MQTT: a CONNECT, then PUBLISHes of QoS 0, one at a time. */
  @SuppressWarnings("FutureReturnValueIgnored") // void promises: failures close the channel
  private static final class Flood extends SimpleChannelInboundHandler<ByteBuf> {
    private final byte[] packet;
    private final CountDownLatch done;
    private int sent;
    private int answered;
    private int skip;
    private boolean connected;

    Flood(byte[] frame, CountDownLatch done) {
      byte[] topic = "otakey/1".getBytes(StandardCharsets.US_ASCII);
      int length = 2 + topic.length + frame.length;
      ByteBuf out = Unpooled.buffer();
      out.writeByte(0x30);
      if (length > 127) {
        out.writeByte((length & 0x7f) | 0x80).writeByte(length >> 7);
      } else {
        out.writeByte(length);
      }
      out.writeShort(topic.length).writeBytes(topic).writeBytes(frame);
      this.packet = new byte[out.readableBytes()];
      out.readBytes(packet);
      this.done = done;
    }

    @Override
    public void channelActive(ChannelHandlerContext context) {
      byte[] connect = {0x10, 13, 0, 4, 'M', 'Q', 'T', 'T', 4, 2, 0, 0, 0, 1, 'x'};
      context.writeAndFlush(Unpooled.wrappedBuffer(connect), context.voidPromise());
    }

    @Override
    protected void channelRead0(ChannelHandlerContext context, ByteBuf in) {
      while (in.isReadable()) {
        if (skip > 0) {
          int some = Math.min(skip, in.readableBytes());
          in.skipBytes(some);
          skip -= some;
          if (skip == 0) {
            packetEnds(context);
          }
        } else if (in.readableBytes() < 3) {
          // A header cut in two would need a buffer; answers are small and come whole.
          throw new IllegalStateException("a packet's header was cut");
        } else {
          in.readByte();
          int low = in.readUnsignedByte();
          skip = low < 0x80 ? low : (low & 0x7f) | (in.readUnsignedByte() << 7);
        }
      }
      context.flush();
    }

    private void packetEnds(ChannelHandlerContext context) {
      if (!connected) {
        connected = true;
        send(context);
      } else if (++answered == FRAMES) {
        done.countDown();
        context.close();
      } else if (sent < FRAMES) {
        send(context);
      }
    }

    private void send(ChannelHandlerContext context) {
      sent++;
      context.write(Unpooled.wrappedBuffer(packet), context.voidPromise());
    }
  }
}
