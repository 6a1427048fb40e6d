package io.otakey.loadgen.network;

import io.netty.bootstrap.Bootstrap;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoop;
import io.otakey.loadgen.link.Endpoint;
import io.otakey.loadgen.link.Loops;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;

/**
 * A stretch of network in front of a server, for times that are measured: it delays and throttles
 * streams as a {@link NetworkClass} says, stalls them and cuts them. It carries streams, not
 * packets: nothing is lost, doubled or overtaken, and TCP's windows are those of loopback.
 */
public final class NetworkProxy implements AutoCloseable {
  private static final int CLOSE_SECONDS = 5;

  private final EventLoop loop;
  private final NetworkClass network;
  private final Channel listener;
  private final Set<Stream> streams = ConcurrentHashMap.newKeySet();

  private NetworkProxy(EventLoop loop, Endpoint target, NetworkClass network)
      throws InterruptedException {
    this.loop = loop;
    this.network = network;
    this.listener =
        new ServerBootstrap()
            .group(loop)
            .channel(Loops.serverChannel())
            .childOption(ChannelOption.AUTO_READ, false)
            .childOption(ChannelOption.TCP_NODELAY, true)
            .childHandler(
                new ChannelInitializer<Channel>() {
                  @Override
                  protected void initChannel(Channel device) {
                    connect(device, target);
                  }
                })
            .bind(new InetSocketAddress("127.0.0.1", 0))
            .sync()
            .channel();
  }

  /**
   * Begins to carry connections.
   *
   * @param loop where they live, all of them
   * @param network of each connection by itself; its loss counts for nothing
   */
  public static NetworkProxy start(EventLoop loop, Endpoint target, NetworkClass network)
      throws InterruptedException {
    return new NetworkProxy(loop, target, network);
  }

  /** Where it takes connections. */
  public Endpoint endpoint() {
    return new Endpoint("localhost", ((InetSocketAddress) listener.localAddress()).getPort());
  }

  /** Nothing arrives for so long, on no connection; then everything, in order. */
  public void stall(Duration time) {
    loop.execute(() -> streams.forEach(stream -> stream.stall(time)));
  }

  /** Ends every connection at once, whatever is under way; new ones are taken. */
  public void cut() {
    loop.execute(() -> streams.forEach(Stream::close));
  }

  private void connect(Channel device, Endpoint target) {
    Bootstrap bootstrap =
        new Bootstrap()
            .group(loop)
            .channel(Loops.channel())
            .option(ChannelOption.AUTO_READ, false)
            .option(ChannelOption.TCP_NODELAY, true)
            .handler(
                new ChannelInitializer<Channel>() {
                  @Override
                  protected void initChannel(Channel server) {
                    Stream up = new Stream(network, Direction.UP, device, server);
                    Stream down = new Stream(network, Direction.DOWN, server, device);
                    for (Stream stream : new Stream[] {up, down}) {
                      streams.add(stream);
                      stream.from().closeFuture().addListener(ended -> streams.remove(stream));
                      stream.from().pipeline().addLast(stream);
                    }
                  }
                });
    var unused =
        bootstrap
            .connect(target.address())
            .addListener(
                connected -> {
                  if (connected.isSuccess()) {
                    begin();
                  } else {
                    hangUp(device);
                  }
                });
  }

  private static void hangUp(Channel device) {
    var unused = device.close();
  }

  /** A device hears of its connection at once on loopback; what it says waits for a handshake. */
  private void begin() {
    double handshake =
        2 * network.delayMillis()
            + network.transmitMillis(Direction.UP, Headers.SYN)
            + network.transmitMillis(Direction.DOWN, Headers.SYN);
    streams.forEach(stream -> stream.beginAfter(handshake));
  }

  @Override
  public void close() {
    listener.close().awaitUninterruptibly(CLOSE_SECONDS, TimeUnit.SECONDS);
    cut();
  }
}
