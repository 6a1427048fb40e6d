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

/** HTTP/1.1 with keep-alive: one frame in, one frame out. */
final class HttpFraming implements Framing {
  private static final int MAX_ANSWER = 8192;

  private final String host;

  HttpFraming(String host) {
    this.host = host;
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
            HttpVersion.HTTP_1_1, HttpMethod.POST, Frames.HTTP_PATH, Unpooled.wrappedBuffer(frame));
    request
        .headers()
        .set(HttpHeaderNames.HOST, host)
        .set(HttpHeaderNames.CONTENT_TYPE, Frames.MEDIA_TYPE)
        .set(HttpHeaderNames.CONTENT_LENGTH, frame.length);
    Framing.flush(context, request);
  }

  @Override
  public Received read(ChannelHandlerContext context, Object message) {
    if (!(message instanceof FullHttpResponse response)) {
      return Received.OTHER;
    }
    String type = response.headers().get(HttpHeaderNames.CONTENT_TYPE);
    return Frames.MEDIA_TYPE.equals(type)
        ? Received.answer(ByteBufUtil.getBytes(response.content()))
        : Received.NO_FRAME;
  }

  @Override
  public boolean goodbye(ChannelHandlerContext context) {
    return false;
  }
}
