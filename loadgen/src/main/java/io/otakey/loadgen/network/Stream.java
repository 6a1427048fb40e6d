package io.otakey.loadgen.network;

import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.util.ReferenceCountUtil;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;

/**
 * One direction of a proxied connection: what is read from one side is written to the other when a
 * network would have brought it. Used on one event loop.
 */
final class Stream extends ChannelInboundHandlerAdapter {
  private static final int MOST_UNDER_WAY = 1 << 20;
  private static final double NANOS = 1_000_000;

  /** Bytes, and when they arrive. */
  private record Piece(ByteBuf bytes, long at) {}

  private final Channel from;
  private final Channel to;
  private final Headers headers;
  private final Link link;
  private final ArrayDeque<Piece> underWay = new ArrayDeque<>();
  private int bytesUnderWay;
  private long stalledUntil = System.nanoTime();
  private boolean begun;
  private boolean waiting;
  private boolean ending;

  Stream(NetworkClass network, Direction direction, Channel from, Channel to) {
    this.headers = new Headers(network.segment());
    this.link = new Link(network.withLoss(0), direction, new SplittableRandom());
    this.from = from;
    this.to = to;
  }

  Channel from() {
    return from;
  }

  /** Reads nothing before; only the first call counts. */
  void beginAfter(double millis) {
    if (!begun) {
      begun = true;
      var unused =
          from.eventLoop()
              .schedule(
                  () -> from.config().setAutoRead(true),
                  (long) (millis * NANOS),
                  TimeUnit.NANOSECONDS);
    }
  }

  void stall(Duration time) {
    stalledUntil = System.nanoTime() + time.toNanos();
  }

  void close() {
    var unused = from.close();
  }

  @Override
  public void channelRead(ChannelHandlerContext context, Object message) {
    if (!(message instanceof ByteBuf bytes)) {
      ReferenceCountUtil.release(message);
      return;
    }
    double now = System.nanoTime() / NANOS;
    while (bytes.isReadable()) {
      ByteBuf segment = bytes.readRetainedSlice(Math.min(bytes.readableBytes(), headers.segment()));
      int size = segment.readableBytes();
      double arrival = link.send(now, size + Headers.HEADER);
      underWay.add(new Piece(segment, (long) (arrival * NANOS)));
      bytesUnderWay += size;
    }
    bytes.release();
    from.config().setAutoRead(bytesUnderWay < MOST_UNDER_WAY);
    deliver();
  }

  private void deliver() {
    waiting = false;
    long now = System.nanoTime();
    while (!underWay.isEmpty() && due() <= now) {
      Piece piece = underWay.remove();
      bytesUnderWay -= piece.bytes().readableBytes();
      var unused = to.writeAndFlush(piece.bytes());
    }
    if (!underWay.isEmpty()) {
      await(due() - now);
    } else if (ending) {
      var unused = to.close();
    }
    if (begun && !ending && bytesUnderWay < MOST_UNDER_WAY) {
      from.config().setAutoRead(true);
    }
  }

  private long due() {
    Piece first = underWay.element();
    return Math.max(first.at(), stalledUntil);
  }

  private void await(long nanos) {
    if (!waiting) {
      waiting = true;
      var unused = from.eventLoop().schedule(this::deliver, nanos, TimeUnit.NANOSECONDS);
    }
  }

  @Override
  public void channelInactive(ChannelHandlerContext context) {
    ending = true;
    deliver();
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
    close(); // a reset
  }
}
