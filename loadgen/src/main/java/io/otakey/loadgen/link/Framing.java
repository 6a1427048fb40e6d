package io.otakey.loadgen.link;

import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelPipeline;
import org.jspecify.annotations.Nullable;

/** How one connection carries frames (protocol section 8). One object for each connection. */
interface Framing {
  /** Sends a message; a failure shows as the end of the connection. */
  static void flush(ChannelHandlerContext context, Object message) {
    var unused = context.writeAndFlush(message);
  }

  /** Puts the codecs into a new connection. */
  void addCodecs(ChannelPipeline pipeline);

  /** The TCP connection stands; says whether frames may be sent at once. */
  boolean opened(ChannelHandlerContext context);

  /** Sends a frame. */
  void write(ChannelHandlerContext context, byte[] frame);

  /** Takes a message of the codec. */
  Received read(ChannelHandlerContext context, Object message);

  /** Says good-bye; true if the gateway is to close the connection then. */
  boolean goodbye(ChannelHandlerContext context);

  /** What a message was. */
  enum Kind {
    /** Frames may be sent from now on. */
    READY,
    /** A frame. */
    ANSWER,
    /** An answer that is no frame. */
    NO_FRAME,
    /** Nothing of interest. */
    OTHER,
    /** The gateway will not talk. */
    REFUSED
  }

  /**
   * A message and its frame.
   *
   * @param frame only with {@link Kind#ANSWER}
   */
  record Received(Kind kind, byte @Nullable [] frame) {
    static final Received READY = new Received(Kind.READY, null);
    static final Received NO_FRAME = new Received(Kind.NO_FRAME, null);
    static final Received OTHER = new Received(Kind.OTHER, null);
    static final Received REFUSED = new Received(Kind.REFUSED, null);

    static Received answer(byte[] frame) {
      return new Received(Kind.ANSWER, frame);
    }
  }
}
