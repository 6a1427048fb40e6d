package io.otakey.loadgen.link;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelDuplexHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelPipeline;
import io.netty.channel.ChannelPromise;
import io.netty.handler.flush.FlushConsolidationHandler;
import io.netty.handler.ssl.SslHandler;
import io.netty.util.ReferenceCountUtil;
import io.otakey.loadgen.link.Receiver.Sent;
import io.otakey.protocol.wire.Answer;
import io.otakey.protocol.wire.RequestType;
import java.util.ArrayDeque;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * One connection: frames out, answers in, matched in order; what was pushed goes to its last
 * sender. Belongs to one event loop and is used there only. A connection that ended stays ended.
 */
public final class Connection {
  private static final int GOODBYE_SECONDS = 2;
  private static final int MAX_CONSOLIDATED = 256;
  private static final long STUCK_NANOS = 30_000_000_000L;

  private final Framing framing;
  private final Traffic traffic;
  private final boolean shared;
  private final ArrayDeque<Sent> queue = new ArrayDeque<>();
  private final ArrayDeque<Sent> unanswered = new ArrayDeque<>();
  private @Nullable ChannelHandlerContext context;
  private @Nullable Receiver lastSender;
  private long waitingSince;
  private boolean ready;
  private boolean closing;
  private boolean ended;

  Connection(Framing framing, Traffic traffic, boolean shared) {
    this.framing = framing;
    this.traffic = traffic;
    this.shared = shared;
  }

  /** Sends a frame as soon as the connection stands; the receiver hears of its answer or loss. */
  public void send(Receiver receiver, byte[] frame) {
    Sent sent = new Sent(receiver, frame, System.nanoTime());
    if (ended || closing) {
      sent.lost();
    } else if (ready && context != null) {
      write(context, sent);
    } else {
      queue.removeIf(waiting -> waiting.receiver() == receiver); // a repetition of the same
      queue.add(sent);
    }
  }

  /** Whether it can still carry frames: it is open, and answers keep coming. */
  public boolean isUsable() {
    boolean stuck = !unanswered.isEmpty() && System.nanoTime() - waitingSince > STUCK_NANOS;
    return !ended && !closing && !stuck;
  }

  /** Whether frames go out at once: it stands, and the gateway has taken it on. */
  public boolean isReady() {
    return ready && isUsable();
  }

  /** Ends the connection; whoever waits for an answer hears that it is lost. */
  public void abort() {
    if (context != null) {
      shut(context);
    }
  }

  /** Frames without an answer. */
  public int outstanding() {
    return queue.size() + unanswered.size();
  }

  /** Ends the connection; nobody hears of frames that are still under way. */
  public void close() {
    if (closing || ended) {
      return;
    }
    closing = true;
    queue.clear();
    unanswered.clear();
    ChannelHandlerContext open = context;
    if (open == null) {
      return; // closed as soon as it stands
    }
    if (ready && framing.goodbye(open)) {
      var unused = open.executor().schedule(() -> shut(open), GOODBYE_SECONDS, TimeUnit.SECONDS);
    } else {
      shut(open);
    }
  }

  /** The connection could not be made. */
  void failed() {
    traffic.connectFailures++;
    end();
  }

  /** Handlers of a new channel. */
  void install(ChannelPipeline pipeline, Optional<SslHandler> tls) {
    if (shared) { // what its devices say in one turn leaves in one system call
      pipeline.addLast(new FlushConsolidationHandler(MAX_CONSOLIDATED, true));
    }
    pipeline.addLast(new Counter());
    tls.ifPresent(pipeline::addLast);
    framing.addCodecs(pipeline);
    pipeline.addLast(new Handler());
  }

  private static void shut(ChannelHandlerContext open) {
    var unused = open.close(); // that it is closed, channelInactive tells
  }

  private void end() {
    ended = true;
    context = null;
    while (!queue.isEmpty()) {
      queue.remove().lost();
    }
    while (!unanswered.isEmpty()) {
      unanswered.remove().lost();
    }
  }

  private void becomeReady(ChannelHandlerContext open) {
    ready = true;
    while (!queue.isEmpty()) {
      write(open, queue.remove());
    }
  }

  private void write(ChannelHandlerContext open, Sent sent) {
    if (unanswered.isEmpty()) {
      waitingSince = System.nanoTime();
    }
    unanswered.add(sent);
    lastSender = sent.receiver();
    framing.write(open, sent.frame());
  }

  private final class Handler extends ChannelInboundHandlerAdapter {
    @Override
    public void channelActive(ChannelHandlerContext open) {
      traffic.connections++;
      if (closing) {
        shut(open);
        return;
      }
      context = open;
      if (framing.opened(open)) {
        becomeReady(open);
      }
    }

    @Override
    public void channelRead(ChannelHandlerContext open, Object message) {
      Framing.Received received;
      try {
        received = framing.read(open, message);
      } finally {
        ReferenceCountUtil.release(message);
      }
      switch (received.kind()) {
        case READY -> becomeReady(open);
        case ANSWER -> answered(received.frame());
        case NO_FRAME -> {
          traffic.strangeAnswers++;
          Sent sent = unanswered.poll();
          if (sent != null) {
            sent.lost();
          }
        }
        case REFUSED -> shut(open);
        case OTHER -> {}
      }
    }

    private void answered(byte @Nullable [] frame) {
      if (frame != null && lastSender != null && isPushed(frame)) {
        lastSender.pushed(frame);
        return;
      }
      Sent sent = unanswered.poll();
      waitingSince = System.nanoTime();
      if (sent != null && frame != null) {
        sent.answered(frame);
      }
    }

    /** A NOTICE answers a POLL only; one that comes in between is sorted out by its receiver. */
    private boolean isPushed(byte[] frame) {
      Sent sent = unanswered.peek();
      return frame.length > 0
          && frame[0] == Answer.NOTICE
          && (sent == null || sent.frame()[0] != RequestType.POLL.code());
    }

    @Override
    public void channelInactive(ChannelHandlerContext open) {
      if (!closing) {
        traffic.connectionsLost++;
      }
      end();
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext open, Throwable cause) {
      shut(open); // a reset, or bytes that are neither MQTT nor HTTP; counted as lost
    }
  }

  /** Counts bytes at the socket. */
  private final class Counter extends ChannelDuplexHandler {
    @Override
    public void channelRead(ChannelHandlerContext open, Object message) throws Exception {
      if (message instanceof ByteBuf bytes) {
        traffic.bytesIn += bytes.readableBytes();
      }
      super.channelRead(open, message);
    }

    @Override
    public void write(ChannelHandlerContext open, Object message, ChannelPromise promise)
        throws Exception {
      if (message instanceof ByteBuf bytes) {
        traffic.bytesOut += bytes.readableBytes();
      }
      super.write(open, message, promise);
    }
  }
}
