package io.otakey.loadgen.link;

import io.netty.bootstrap.Bootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoop;
import io.netty.channel.epoll.Epoll;
import io.netty.channel.epoll.EpollChannelOption;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.util.List;
import java.util.function.Consumer;

/** Makes TCP connections on one event loop, from several source addresses in turn. */
public final class Dialer {
  private static final int CONNECT_TIMEOUT_MILLIS = 10_000;

  private final EventLoop loop;
  private final List<String> sources;
  private int nextSource;

  /**
   * Connects to nothing yet.
   *
   * @param sources local addresses; empty leaves the choice to the system
   */
  public Dialer(EventLoop loop, List<String> sources) {
    this.loop = loop;
    this.sources = List.copyOf(sources);
  }

  /** Where connections belong. */
  public EventLoop loop() {
    return loop;
  }

  /**
   * Begins to connect.
   *
   * @param prepare puts the handlers into the new channel
   * @param failed no connection came of it
   */
  public void dial(SocketAddress remote, Consumer<Channel> prepare, Runnable failed) {
    Bootstrap bootstrap =
        new Bootstrap()
            .group(loop)
            .channel(Loops.channel())
            .option(ChannelOption.TCP_NODELAY, true)
            // A reset at the end: a million connections would leave no port free otherwise.
            .option(ChannelOption.SO_LINGER, 0)
            .option(ChannelOption.CONNECT_TIMEOUT_MILLIS, CONNECT_TIMEOUT_MILLIS)
            .handler(
                new ChannelInitializer<Channel>() {
                  @Override
                  protected void initChannel(Channel channel) {
                    prepare.accept(channel);
                  }
                });
    if (Epoll.isAvailable()) {
      bootstrap.option(EpollChannelOption.IP_BIND_ADDRESS_NO_PORT, true);
    }
    if (!sources.isEmpty()) {
      nextSource = (nextSource + 1) % sources.size();
      bootstrap.localAddress(new InetSocketAddress(sources.get(nextSource), 0));
    }
    var unused =
        bootstrap
            .connect(remote)
            .addListener(
                future -> {
                  if (!future.isSuccess()) {
                    failed.run();
                  }
                });
  }
}
