package io.otakey.loadgen.baseline.wire;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelDuplexHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelPromise;
import io.otakey.loadgen.network.Direction;

/** Sees the bytes that pass one place of a device's pipeline. */
final class Counter extends ChannelDuplexHandler {
  /** Hears of them, on the event loop. */
  interface Listener {
    void passed(Direction direction, int bytes);
  }

  private final Listener listener;

  Counter(Listener listener) {
    this.listener = listener;
  }

  @Override
  public void channelRead(ChannelHandlerContext context, Object message) throws Exception {
    if (message instanceof ByteBuf bytes) {
      listener.passed(Direction.DOWN, bytes.readableBytes());
    }
    super.channelRead(context, message);
  }

  @Override
  public void write(ChannelHandlerContext context, Object message, ChannelPromise promise)
      throws Exception {
    if (message instanceof ByteBuf bytes) {
      listener.passed(Direction.UP, bytes.readableBytes());
    }
    super.write(context, message, promise);
  }
}
