package io.otakey.loadgen.platform;

import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.EventLoop;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.handler.codec.http.DefaultFullHttpRequest;
import io.netty.handler.codec.http.FullHttpRequest;
import io.netty.handler.codec.http.FullHttpResponse;
import io.netty.handler.codec.http.HttpClientCodec;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaderValues;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpObjectAggregator;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.QueryStringEncoder;
import io.netty.handler.timeout.ReadTimeoutHandler;
import io.otakey.loadgen.link.Dialer;
import io.otakey.loadgen.link.Endpoint;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Asks a gateway's hook about logins, in the words of RabbitMQ's HTTP back end, over a few
 * connections that stay, one question at a time on each. Belongs to one event loop.
 */
final class HookClient {
  /** What the gateway says. */
  enum Verdict {
    ALLOWED,
    DENIED,
    /** No answer that could be understood. */
    UNKNOWN
  }

  private record Question(String path, byte[] form, Consumer<Verdict> then) {}

  private static final int MAX_WAITING = 20_000;
  private static final int MAX_ANSWER = 8192;
  private static final int ANSWER_SECONDS = 15;

  private final Dialer dialer;
  private final Endpoint hook;
  private final InetSocketAddress address;
  private final int connections;
  private final ArrayDeque<Asking> idle = new ArrayDeque<>();
  private final ArrayDeque<Question> waiting = new ArrayDeque<>();
  private int open;

  HookClient(EventLoop loop, Endpoint hook, int connections) {
    this.dialer = new Dialer(loop, List.of());
    this.hook = hook;
    this.address = hook.address();
    this.connections = connections;
  }

  /** Asks; the answer comes later, on the event loop. */
  void ask(String platform, String clientId, String name, String password, Consumer<Verdict> then) {
    QueryStringEncoder form = new QueryStringEncoder("");
    form.addParam("username", name);
    form.addParam("password", password);
    form.addParam("vhost", "/");
    form.addParam("client_id", clientId);
    byte[] body = form.toString().substring(1).getBytes(StandardCharsets.US_ASCII);
    Question question = new Question("/" + platform + "/rabbitmq/user", body, then);
    Asking free = idle.poll();
    if (free != null) {
      free.ask(question);
    } else if (waiting.size() >= MAX_WAITING) {
      dialer.loop().execute(() -> then.accept(Verdict.UNKNOWN));
    } else {
      waiting.add(question);
      dial();
    }
  }

  private void dial() {
    if (open < connections) {
      open++;
      dialer.dial(
          address,
          channel ->
              channel
                  .pipeline()
                  .addLast(new HttpClientCodec(), new HttpObjectAggregator(MAX_ANSWER))
                  .addLast(new Asking(channel)),
          this::failed);
    }
  }

  private void failed() {
    open--;
    if (open == 0) { // nobody is left to ask the others
      List<Question> all = List.copyOf(waiting);
      waiting.clear();
      all.forEach(question -> question.then().accept(Verdict.UNKNOWN));
    }
  }

  private final class Asking extends SimpleChannelInboundHandler<FullHttpResponse> {
    private final Channel channel;
    private @Nullable Question question;

    Asking(Channel channel) {
      this.channel = channel;
    }

    void ask(Question next) {
      question = next;
      FullHttpRequest request =
          new DefaultFullHttpRequest(
              HttpVersion.HTTP_1_1,
              HttpMethod.POST,
              next.path(),
              Unpooled.wrappedBuffer(next.form()));
      request
          .headers()
          .set(HttpHeaderNames.HOST, hook.toString())
          .set(HttpHeaderNames.CONTENT_TYPE, HttpHeaderValues.APPLICATION_X_WWW_FORM_URLENCODED)
          .set(HttpHeaderNames.CONTENT_LENGTH, next.form().length);
      channel.pipeline().addFirst(new ReadTimeoutHandler(ANSWER_SECONDS));
      var unused = channel.writeAndFlush(request);
    }

    @Override
    public void channelActive(ChannelHandlerContext context) {
      next();
    }

    @Override
    protected void channelRead0(ChannelHandlerContext context, FullHttpResponse response) {
      String body = response.content().toString(StandardCharsets.US_ASCII);
      boolean understood = response.status().equals(HttpResponseStatus.OK);
      channel.pipeline().remove(ReadTimeoutHandler.class);
      answer(
          !understood
              ? Verdict.UNKNOWN
              : body.startsWith("allow") ? Verdict.ALLOWED : Verdict.DENIED);
      next();
    }

    @Override
    public void channelInactive(ChannelHandlerContext context) {
      idle.remove(this);
      open--;
      answer(Verdict.UNKNOWN);
      if (!waiting.isEmpty()) {
        dial();
      }
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
      var unused = context.close();
    }

    private void answer(Verdict verdict) {
      Question asked = question;
      question = null;
      if (asked != null) {
        asked.then().accept(verdict);
      }
    }

    private void next() {
      if (question != null || !channel.isActive()) {
        return;
      }
      Question next = waiting.poll();
      if (next == null) {
        idle.add(this);
      } else {
        ask(next);
      }
    }
  }
}
