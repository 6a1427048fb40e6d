package io.otakey.loadgen.baseline.wire;

import io.netty.bootstrap.Bootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.ChannelPipeline;
import io.netty.channel.EventLoop;
import io.netty.handler.ssl.SslContext;
import io.netty.util.ReferenceCountUtil;
import io.otakey.loadgen.link.Endpoint;
import io.otakey.loadgen.link.Loops;
import java.io.IOException;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/** One connection of a device that does one thing after the other: a thread may wait on it. */
public final class Session implements AutoCloseable {
  private static final int CONNECT_MILLIS = 10_000;
  private static final int PATIENCE_SECONDS = 30;

  private final Links links;
  private final Channel channel;
  private final BlockingQueue<Object> inbox;

  private Session(Links links, Channel channel, BlockingQueue<Object> inbox) {
    this.links = links;
    this.channel = channel;
    this.inbox = inbox;
  }

  /**
   * Connects and sends something: with TLS it leaves together with the end of the handshake, as
   * from a device that does nothing else meanwhile.
   */
  static Session open(
      Links links,
      EventLoop loop,
      Endpoint server,
      Optional<SslContext> tls,
      Object first,
      ChannelHandler... codecs)
      throws IOException {
    BlockingQueue<Object> inbox = new LinkedBlockingQueue<>();
    Bootstrap bootstrap =
        new Bootstrap()
            .group(loop)
            .channel(Loops.channel())
            .option(ChannelOption.TCP_NODELAY, true)
            .option(ChannelOption.SO_LINGER, 0)
            .option(ChannelOption.CONNECT_TIMEOUT_MILLIS, CONNECT_MILLIS)
            .handler(
                new ChannelInitializer<Channel>() {
                  @Override
                  protected void initChannel(Channel opened) {
                    ChannelPipeline pipeline = opened.pipeline();
                    pipeline.addLast(links.socket());
                    tls.ifPresent(
                        context ->
                            pipeline.addLast(
                                context.newHandler(opened.alloc(), server.host(), server.port())));
                    pipeline.addLast(links.application()).addLast(codecs);
                    pipeline.addLast(new Inbox(inbox, first));
                  }
                });
    ChannelFuture connected = bootstrap.connect(server.address());
    if (!connected.awaitUninterruptibly().isSuccess()) {
      throw new IOException("no connection to " + server, connected.cause());
    }
    return new Session(links, connected.channel(), inbox);
  }

  /** Sends a message of the codec. */
  public void send(Object message) {
    var unused = channel.writeAndFlush(message); // a failure ends the connection, which is heard
  }

  /**
   * The next message, to be released by the caller if it is counted.
   *
   * @throws IOException if the connection ends before, or nothing comes within 30 s
   */
  public <T> T receive(Class<T> type) throws IOException {
    Object message = take();
    if (!type.isInstance(message)) {
      ReferenceCountUtil.release(message);
      throw new IOException("expected " + type.getSimpleName() + ", got " + message);
    }
    return type.cast(message);
  }

  /**
   * As {@link #receive}, for what answers a request of the scheme; this may be the one that is
   * lost.
   *
   * @throws AnswerLostException if it is; the connection is gone then
   */
  public <T> T receiveAnswer(Class<T> type) throws IOException {
    T answer = receive(type);
    try {
      answered();
      return answer;
    } catch (AnswerLostException e) {
      ReferenceCountUtil.release(answer);
      throw e;
    }
  }

  /** What was received last completes an answer; as {@link #receiveAnswer}. */
  void answered() throws AnswerLostException {
    if (links.nextAnswerIsLost()) {
      close();
      throw new AnswerLostException(links.answers());
    }
  }

  private Object take() throws IOException {
    try {
      Object message = inbox.poll(PATIENCE_SECONDS, TimeUnit.SECONDS);
      if (message == null) {
        throw new IOException("no answer in time");
      }
      if (message instanceof Ended ended) {
        inbox.add(ended); // for whoever asks again
        throw new IOException("the connection ended", ended.cause().orElse(null));
      }
      return message;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted", e);
    }
  }

  /** Says good-bye and ends the connection; what the server still says is not waited for. */
  void close(Object goodBye) {
    channel.config().setAutoRead(false);
    send(goodBye);
    close();
  }

  /** Ends the connection. */
  @Override
  public void close() {
    channel.close().awaitUninterruptibly(PATIENCE_SECONDS, TimeUnit.SECONDS);
    for (Object message = inbox.poll(); message != null; message = inbox.poll()) {
      ReferenceCountUtil.release(message);
    }
    inbox.add(new Ended(Optional.empty()));
  }

  /** The connection is no more. */
  private record Ended(Optional<Throwable> cause) {}

  private static final class Inbox extends ChannelInboundHandlerAdapter {
    private final BlockingQueue<Object> inbox;
    private final Object first;
    private Optional<Throwable> cause = Optional.empty();

    Inbox(BlockingQueue<Object> inbox, Object first) {
      this.inbox = inbox;
      this.first = first;
    }

    @Override
    public void channelActive(ChannelHandlerContext context) {
      var unused = context.writeAndFlush(first);
    }

    @Override
    public void channelRead(ChannelHandlerContext context, Object message) {
      inbox.add(message);
    }

    @Override
    public void channelInactive(ChannelHandlerContext context) {
      inbox.add(new Ended(cause));
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext context, Throwable thrown) {
      cause = Optional.of(thrown);
      var unused = context.close();
    }
  }
}
