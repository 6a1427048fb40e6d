package io.otakey.loadgen.baseline.wire;

import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelPipeline;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.FullHttpRequest;
import io.netty.handler.codec.http.FullHttpResponse;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpObjectAggregator;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpServerCodec;
import io.netty.handler.codec.http.HttpVersion;
import java.util.Map;

/** The server's side of one HTTP connection: a service behind it answers requests. */
public final class HttpHandler extends SimpleChannelInboundHandler<FullHttpRequest> {
  private static final int MAX_REQUEST = 65_536;

  private final Service service;

  private HttpHandler(Service service) {
    this.service = service;
  }

  /** What a scheme's server does; called on its one thread. */
  public interface Service {
    /** Answers a request. */
    Answer answer(Request request);
  }

  /** What somebody asks. */
  public record Request(String method, String path, HttpHeaders headers, byte[] body) {}

  /** What is said to it. */
  public record Answer(int status, Map<String, String> headers, byte[] body) {
    /** Nothing but a status. */
    public static Answer of(int status) {
      return new Answer(status, Map.of(), new byte[0]);
    }
  }

  /** Puts the server's side of HTTP into a new connection. */
  public static void install(ChannelPipeline pipeline, Service service) {
    pipeline.addLast(
        new HttpServerCodec(), new HttpObjectAggregator(MAX_REQUEST), new HttpHandler(service));
  }

  @Override
  protected void channelRead0(ChannelHandlerContext context, FullHttpRequest request) {
    Answer answer =
        service.answer(
            new Request(
                request.method().name(),
                request.uri(),
                request.headers(),
                ByteBufUtil.getBytes(request.content())));
    FullHttpResponse response =
        new DefaultFullHttpResponse(
            HttpVersion.HTTP_1_1,
            HttpResponseStatus.valueOf(answer.status()),
            Unpooled.wrappedBuffer(answer.body()));
    answer.headers().forEach((name, value) -> response.headers().set(name, value));
    response.headers().set(HttpHeaderNames.CONTENT_LENGTH, answer.body().length);
    var unused = context.writeAndFlush(response);
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
    var unused = context.close();
  }
}
