package io.otakey.loadgen.link;

import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelPipeline;
import io.netty.handler.codec.http.DefaultFullHttpRequest;
import io.netty.handler.codec.http.FullHttpRequest;
import io.netty.handler.codec.http.FullHttpResponse;
import io.netty.handler.codec.http.HttpClientCodec;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpObjectAggregator;
import io.netty.handler.codec.http.HttpVersion;
import io.otakey.protocol.wire.Frames;

/** HTTP/1.1 with keep-alive: one POST, one answer. */
final class HttpFraming implements Framing {
  private static final int MAX_ANSWER = 8192;

  private final String host;
  private final String path;
  private final String asks;
  private final String answers;

  private HttpFraming(String host, String path, String asks, String answers) {
    this.host = host;
    this.path = path;
    this.asks = asks;
    this.answers = answers;
  }

  static HttpFraming frames(String host) {
    return new HttpFraming(host, Frames.HTTP_PATH, Frames.MEDIA_TYPE, Frames.MEDIA_TYPE);
  }

  static HttpFraming forms(String host, String path) {
    return new HttpFraming(host, path, "application/x-www-form-urlencoded", "text/plain");
  }

  @Override
  public void addCodecs(ChannelPipeline pipeline) {
    pipeline.addLast(new HttpClientCodec(), new HttpObjectAggregator(MAX_ANSWER));
  }

  @Override
  public boolean opened(ChannelHandlerContext context) {
    return true;
  }

  @Override
  public void write(ChannelHandlerContext context, byte[] frame) {
    FullHttpRequest request =
        new DefaultFullHttpRequest(
            HttpVersion.HTTP_1_1, HttpMethod.POST, path, Unpooled.wrappedBuffer(frame));
    request
        .headers()
        .set(HttpHeaderNames.HOST, host)
        .set(HttpHeaderNames.CONTENT_TYPE, asks)
        .set(HttpHeaderNames.CONTENT_LENGTH, frame.length);
    Framing.flush(context, request);
  }

  @Override
  public Received read(ChannelHandlerContext context, Object message) {
    if (!(message instanceof FullHttpResponse response)) {
      return Received.OTHER;
    }
    String type = response.headers().get(HttpHeaderNames.CONTENT_TYPE);
    return answers.equals(type)
        ? Received.answer(ByteBufUtil.getBytes(response.content()))
        : Received.NO_FRAME;
  }

  @Override
  public boolean goodbye(ChannelHandlerContext context) {
    return false;
  }
}
