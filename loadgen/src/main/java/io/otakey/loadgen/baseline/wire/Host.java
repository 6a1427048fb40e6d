package io.otakey.loadgen.baseline.wire;

import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.ChannelPipeline;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.handler.ssl.SslContext;
import io.otakey.loadgen.link.Endpoint;
import io.otakey.loadgen.link.Loops;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.net.InetSocketAddress;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.function.Consumer;

/** A server on loopback with one thread, whose CPU time is known. */
public final class Host implements AutoCloseable {
  private final MultiThreadIoEventLoopGroup group;
  private final Channel listener;
  private final long thread;

  private Host(MultiThreadIoEventLoopGroup group, Channel listener, long thread) {
    this.group = group;
    this.listener = listener;
    this.thread = thread;
  }

  /**
   * Listens on a free port.
   *
   * @param protocol adds the handlers above TLS
   * @throws IOException if it cannot
   */
  public static Host start(Optional<SslContext> tls, Consumer<ChannelPipeline> protocol)
      throws IOException {
    MultiThreadIoEventLoopGroup group = Loops.open("baseline-server", 1);
    try {
      long thread = group.submit(() -> Thread.currentThread().getId()).get();
      Channel listener = listen(group, tls, protocol);
      return new Host(group, listener, thread);
    } catch (ExecutionException e) {
      throw new IOException("no server", e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted", e);
    }
  }

  private static Channel listen(
      MultiThreadIoEventLoopGroup group,
      Optional<SslContext> tls,
      Consumer<ChannelPipeline> protocol)
      throws InterruptedException {
    return new ServerBootstrap()
        .group(group)
        .channel(Loops.serverChannel())
        .childOption(ChannelOption.TCP_NODELAY, true)
        .childHandler(
            new ChannelInitializer<Channel>() {
              @Override
              protected void initChannel(Channel channel) {
                tls.ifPresent(
                    context -> channel.pipeline().addLast(context.newHandler(channel.alloc())));
                protocol.accept(channel.pipeline());
              }
            })
        .bind(new InetSocketAddress("127.0.0.1", 0))
        .sync()
        .channel();
  }

  /** Where it listens; by the name in the certificates of {@link Authority}. */
  public Endpoint endpoint() {
    return new Endpoint("localhost", ((InetSocketAddress) listener.localAddress()).getPort());
  }

  /** CPU time that its thread has used, in nanoseconds. */
  public long cpuNanos() {
    return ManagementFactory.getThreadMXBean().getThreadCpuTime(thread);
  }

  @Override
  public void close() {
    Loops.end(group);
  }
}
