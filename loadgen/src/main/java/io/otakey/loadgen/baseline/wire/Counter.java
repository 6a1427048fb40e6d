package io.otakey.loadgen.baseline.wire;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelDuplexHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelPromise;
import io.otakey.loadgen.network.Direction;

/**
 * Sees the bytes that pass one place of a device's pipeline. A lone ChangeCipherSpec, which TLS 1.3
 * sends for the sake of old middleboxes (RFC 8446, D.4) and which may cross what the server says,
 * is told together with what the device says next: nobody waits for it.
 */
final class Counter extends ChannelDuplexHandler {
  /** Hears of them, on the event loop. */
  interface Listener {
    void passed(Direction direction, int bytes);
  }

  private static final int CHANGE_CIPHER_SPEC = 20;
  private static final int CHANGE_CIPHER_SPEC_LENGTH = 6;

  private final Listener listener;
  private int untold;

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
      untold += bytes.readableBytes();
      if (!isChangeCipherSpec(bytes)) {
        listener.passed(Direction.UP, untold);
        untold = 0;
      }
    }
    super.write(context, message, promise);
  }

  private static boolean isChangeCipherSpec(ByteBuf bytes) {
    return bytes.readableBytes() == CHANGE_CIPHER_SPEC_LENGTH
        && bytes.getUnsignedByte(bytes.readerIndex()) == CHANGE_CIPHER_SPEC;
  }
}
