package io.otakey.loadgen.baseline.wire;

import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.handler.codec.http.DefaultFullHttpRequest;
import io.netty.handler.codec.http.FullHttpRequest;
import io.netty.handler.codec.http.FullHttpResponse;
import io.netty.handler.codec.http.HttpClientCodec;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpObjectAggregator;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.ssl.SslContext;
import io.otakey.loadgen.link.Endpoint;
import java.io.IOException;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** A device's HTTP/1.1 connection, kept alive, with as few headers as will do. */
public final class HttpLine implements AutoCloseable {
  private static final int MAX_ANSWER = 2 << 20;

  private final Links links;
  private final Endpoint server;
  private final Optional<SslContext> tls;
  private @Nullable Session session;

  private HttpLine(Links links, Endpoint server, Optional<SslContext> tls) {
    this.links = links;
    this.server = server;
    this.tls = tls;
  }

  /** An answer. */
  public record Answer(int status, byte[] body) {}

  /** A connection that is made with the first request. */
  public static HttpLine open(Links links, Endpoint server, Optional<SslContext> tls) {
    return new HttpLine(links, server, tls);
  }

  /** Asks for something; the answer may be the one that is lost. */
  public Answer get(String path, Map<String, String> headers) throws IOException {
    return ask(HttpMethod.GET, path, headers, new byte[0]);
  }

  /** Sends something; the answer may be the one that is lost. */
  public Answer post(String path, Map<String, String> headers, byte[] body) throws IOException {
    return ask(HttpMethod.POST, path, headers, body);
  }

  private Answer ask(HttpMethod method, String path, Map<String, String> headers, byte[] body)
      throws IOException {
    FullHttpRequest request =
        new DefaultFullHttpRequest(
            HttpVersion.HTTP_1_1, method, path, Unpooled.wrappedBuffer(body));
    request.headers().set(HttpHeaderNames.HOST, server.toString());
    headers.forEach((name, value) -> request.headers().set(name, value));
    if (body.length > 0) {
      request.headers().set(HttpHeaderNames.CONTENT_LENGTH, body.length);
    }
    FullHttpResponse response = send(request).receiveAnswer(FullHttpResponse.class);
    try {
      return new Answer(response.status().code(), ByteBufUtil.getBytes(response.content()));
    } finally {
      response.release();
    }
  }

  private Session send(FullHttpRequest request) throws IOException {
    Session open = session;
    if (open == null) {
      open =
          links.open(
              server, tls, request, new HttpClientCodec(), new HttpObjectAggregator(MAX_ANSWER));
      session = open;
    } else {
      open.send(request);
    }
    return open;
  }

  @Override
  public void close() {
    if (session != null) {
      session.close();
    }
  }
}
