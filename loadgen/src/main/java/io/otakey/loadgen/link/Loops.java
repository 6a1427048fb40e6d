package io.otakey.loadgen.link;

import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.epoll.Epoll;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.epoll.EpollServerSocketChannel;
import io.netty.channel.epoll.EpollSocketChannel;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.ServerSocketChannel;
import io.netty.channel.socket.SocketChannel;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.channel.socket.nio.NioSocketChannel;
import io.netty.util.concurrent.DefaultThreadFactory;
import java.util.concurrent.TimeUnit;

/** Event loops with the best that this system has: epoll, or NIO. */
public final class Loops {
  private static final long QUIET_MILLIS = 1;
  private static final long END_MILLIS = 5_000;

  private Loops() {}

  /** So many, on threads of this name; the caller shuts them down. */
  public static MultiThreadIoEventLoopGroup open(String name, int count) {
    return new MultiThreadIoEventLoopGroup(
        count,
        new DefaultThreadFactory(name),
        Epoll.isAvailable() ? EpollIoHandler.newFactory() : NioIoHandler.newFactory());
  }

  /**
   * Lets loops do what they were told, closes what is open on them, and ends them. Without any
   * quiet time a loop of Netty 4.2 that is amid its tasks ends as they are done, and what is open
   * stays.
   */
  public static void end(EventLoopGroup loops) {
    var unused =
        loops
            .shutdownGracefully(QUIET_MILLIS, END_MILLIS, TimeUnit.MILLISECONDS)
            .awaitUninterruptibly();
  }

  /** What connections on such loops are made of. */
  public static Class<? extends SocketChannel> channel() {
    return Epoll.isAvailable() ? EpollSocketChannel.class : NioSocketChannel.class;
  }

  /** What listeners on such loops are made of. */
  public static Class<? extends ServerSocketChannel> serverChannel() {
    return Epoll.isAvailable() ? EpollServerSocketChannel.class : NioServerSocketChannel.class;
  }
}
