package io.otakey.loadgen;

import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.EventLoop;
import io.netty.util.ReferenceCountUtil;
import io.otakey.loadgen.link.Dialer;
import java.net.SocketAddress;
import java.util.HashSet;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/**
 * Connections that are of no use to anybody, on one event loop: as many as are wanted are kept
 * open, whatever the gateway does about it.
 */
final class Siege {
  /** Connections that may be under way at a time, so that a gateway that takes none is no hurry. */
  private static final int MAX_DIALLING = 256;

  private final EventLoop loop;
  private final Dialer dialer;
  private final SocketAddress remote;
  private final Manner manner;
  private final Set<Channel> open = new HashSet<>();
  private final CompletableFuture<Count> finished = new CompletableFuture<>();
  private long begin;
  private long end;
  private long tried;
  private long opened;
  private long failed;
  private long closed;
  private int dialling;
  private int most;
  private boolean over;

  /**
   * How the connections behave.
   *
   * @param opening what each sends, one byte after the other, and then again from the middle
   * @param everyMillis between two bytes; 0: all at once, and closes at the first answer
   * @param connections open at a time
   * @param perSecond opened, at most
   */
  record Manner(byte[] opening, long everyMillis, int connections, double perSecond) {
    boolean churns() {
      return everyMillis == 0;
    }
  }

  /**
   * What happened.
   *
   * @param closed by the gateway, before we did
   * @param most open at a time
   */
  record Count(long opened, long failed, long closed, int most) {}

  /** Opens nothing yet. */
  Siege(EventLoop loop, Dialer dialer, SocketAddress remote, Manner manner) {
    this.loop = loop;
    this.dialer = dialer;
    this.remote = remote;
    this.manner = manner;
  }

  /** Runs for so long, then closes everything. */
  CompletableFuture<Count> run(int seconds) {
    loop.execute(
        () -> {
          begin = System.nanoTime();
          end = begin + TimeUnit.SECONDS.toNanos(seconds);
          turn();
        });
    return finished;
  }

  private void turn() {
    long now = System.nanoTime();
    if (now >= end) {
      over = true;
      for (Channel channel : Set.copyOf(open)) {
        var unused = channel.close();
      }
      finished.complete(new Count(opened, failed, closed, most));
      return;
    }
    long due = (long) ((now - begin) / 1e9 * manner.perSecond());
    while (tried < due
        && dialling < MAX_DIALLING
        && open.size() + dialling < manner.connections()) {
      tried++;
      dialling++;
      dialer.dial(remote, channel -> channel.pipeline().addLast(new Sender()), this::failed);
    }
    tried = Math.max(tried, due - MAX_DIALLING); // no hurry later for what did not fit
    var unused = loop.schedule(this::turn, 1, TimeUnit.MILLISECONDS);
  }

  private void failed() {
    dialling--;
    failed++;
  }

  /** One connection. */
  private final class Sender extends ChannelInboundHandlerAdapter {
    private int next;

    @Override
    public void channelActive(ChannelHandlerContext context) {
      dialling--;
      opened++;
      open.add(context.channel());
      most = Math.max(most, open.size());
      if (over) {
        var unused = context.close();
      } else if (manner.churns()) {
        var unused = context.writeAndFlush(Unpooled.wrappedBuffer(manner.opening()));
      } else {
        trickle(context);
      }
    }

    private void trickle(ChannelHandlerContext context) {
      byte[] opening = manner.opening();
      context
          .writeAndFlush(Unpooled.wrappedBuffer(opening, next, 1))
          .addListener(
              written -> {
                if (written.isSuccess()) {
                  later(context);
                }
              });
      next = next + 1 < opening.length ? next + 1 : opening.length / 2;
    }

    private void later(ChannelHandlerContext context) {
      var unused =
          context
              .executor()
              .schedule(() -> trickle(context), manner.everyMillis(), TimeUnit.MILLISECONDS);
    }

    @Override
    public void channelRead(ChannelHandlerContext context, Object message) {
      ReferenceCountUtil.release(message);
      if (manner.churns() && open.remove(context.channel())) {
        var unused = context.close();
      }
    }

    @Override
    public void channelInactive(ChannelHandlerContext context) {
      if (open.remove(context.channel()) && !over) {
        closed++;
      }
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
      var unused = context.close(); // a reset is an end as any other
    }
  }
}
