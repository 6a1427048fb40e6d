package io.otakey.gateway.transport.http;

import io.micrometer.core.instrument.Counter;
import io.otakey.gateway.exchange.FrameHandler;
import io.otakey.gateway.exchange.FrameService;
import io.otakey.gateway.exchange.Reply;
import io.otakey.gateway.tls.ServerTls;
import io.otakey.gateway.transport.Admission;
import io.otakey.gateway.transport.Newcomers;
import io.otakey.protocol.wire.Frames;
import io.otakey.protocol.wire.Refusal;
import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpConnection;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/**
 * An HTTP listener; deploy one instance per core, they share the port. {@code POST /otakey/1}, one
 * frame in, one frame out (protocol section 8).
 */
public final class HttpTransport extends VerticleBase {
  private static final CharSequence MEDIA_TYPE = HttpHeaders.createOptimized(Frames.MEDIA_TYPE);
  private static final CharSequence RETRY_AFTER = HttpHeaders.createOptimized("Retry-After");
  private static final int MAX_HEADERS = 4096;

  private final HttpConfig config;
  private final Optional<ServerTls> tls;
  private final Admission admission;
  private final FrameService frames;
  private final FrameHandler handler;
  private final Newcomers newcomers;
  private final ForwardedFor forwardedFor;
  private final Map<HttpConnection, Peer> peers = new HashMap<>();
  private Optional<HttpServer> server = Optional.empty();

  private record Peer(String address, Newcomers.Newcomer newcomer, Admission.Source source) {}

  /**
   * @param firstFrame patience with a connection that says nothing
   * @param late counts connections closed for that, or for nothing that shows who it is
   */
  public HttpTransport(
      HttpConfig config,
      Optional<ServerTls> tls,
      Admission admission,
      FrameService frames,
      FrameHandler handler,
      Duration firstFrame,
      Counter late) {
    this.config = config;
    this.tls = tls;
    this.admission = admission;
    this.frames = frames;
    this.handler = handler;
    this.newcomers = new Newcomers(firstFrame, admission::fill, System::nanoTime, late::increment);
    this.forwardedFor = new ForwardedFor(config.trustedProxies());
  }

  @Override
  public Future<?> start() {
    HttpServerOptions options =
        new HttpServerOptions()
            .setHost(config.host())
            .setPort(port(config))
            .setAcceptBacklog(4096)
            .setTcpNoDelay(true)
            .setTcpKeepAlive(true)
            .setMaxHeaderSize(MAX_HEADERS)
            .setMaxInitialLineLength(512)
            .setIdleTimeout(config.idleSeconds())
            .setHttp2ClearTextEnabled(false)
            .setUseProxyProtocol(config.proxyProtocol());
    tls.ifPresent(material -> material.applyTo(options));
    HttpServer listening = vertx.createHttpServer(options);
    server = Optional.of(listening);
    newcomers.start(vertx);
    tls.ifPresent(material -> material.renew(listening::updateSSLOptions));
    return listening
        .connectionHandler(this::connected)
        .requestHandler(this::requested)
        .exceptionHandler(brokenConnection -> {})
        .listen();
  }

  /** The port that is listened on, once deployed. */
  public int port() {
    return server.map(HttpServer::actualPort).orElse(-1);
  }

  /** To Vert.x a negative port is a free one that all listeners of this number share. */
  private static int port(HttpConfig config) {
    return config.port() != 0 ? config.port() : config.tls() ? -4 : -3;
  }

  @Override
  public Future<?> stop() {
    return server.map(HttpServer::close).orElseGet(Future::succeededFuture);
  }

  private void connected(HttpConnection connection) {
    String address = connection.remoteAddress().hostAddress();
    if (!admission.connect(address)) {
      connection.close();
      return;
    }
    Peer peer = new Peer(address, newcomers.watch(connection::close), admission.source(address));
    peers.put(connection, peer);
    connection.exceptionHandler(broken -> {}); // it is closed; else it is printed
    connection.closeHandler(
        closed -> {
          peers.remove(connection);
          peer.newcomer().closed();
          peer.source().closed();
        });
  }

  private void requested(HttpServerRequest request) {
    Peer peer = peers.get(request.connection());
    if (peer == null) {
      return; // refused above, its close is under way
    }
    HttpServerResponse response = request.response();
    if (!Frames.HTTP_PATH.equals(request.path())) {
      response.setStatusCode(404).end();
    } else if (!request.method().equals(HttpMethod.POST)) {
      response.putHeader(HttpHeaders.ALLOW, "POST").setStatusCode(405).end();
    } else if (!isFrame(request)) {
      response.setStatusCode(415).end();
    } else {
      read(request, peer);
    }
  }

  private static boolean isFrame(HttpServerRequest request) {
    String type = request.getHeader(HttpHeaders.CONTENT_TYPE);
    return type != null && type.trim().equalsIgnoreCase(Frames.MEDIA_TYPE);
  }

  /** Reads at most one frame's worth; more is answered 413 and the connection ends. */
  private void read(HttpServerRequest request, Peer peer) {
    Buffer body = Buffer.buffer(256);
    request.handler(
        part -> {
          if (body.length() <= Frames.MAX_LENGTH) {
            body.appendBuffer(part);
            if (body.length() > Frames.MAX_LENGTH) {
              tooLarge(request);
            }
          }
        });
    request.endHandler(
        end -> {
          if (body.length() <= Frames.MAX_LENGTH) {
            answer(request, peer, body.getBytes());
          }
        });
  }

  private static void tooLarge(HttpServerRequest request) {
    request
        .response()
        .setStatusCode(413)
        .putHeader(HttpHeaders.CONNECTION, HttpHeaders.CLOSE)
        .end()
        .onComplete(done -> request.connection().close());
  }

  private void answer(HttpServerRequest request, Peer peer, byte[] frame) {
    Admission.Source source =
        forwardedFor.client(peer.address(), request).map(admission::source).orElseGet(peer::source);
    if (!source.admitFrame()) {
      send(request.response(), frames.busy("too many frames from one source"));
      return;
    }
    handler
        .handle(frame)
        .onSuccess(
            reply -> {
              boolean wellFormed = reply.refusal().filter(r -> r == Refusal.MALFORMED).isEmpty();
              if (wellFormed) {
                peer.newcomer().spoke(reply.authentic().isPresent());
              }
              if (reply.repeated()) {
                source.refundFrame();
              }
              send(request.response(), reply);
            });
  }

  private static void send(HttpServerResponse response, Reply reply) {
    if (response.closed() || response.ended()) {
      return;
    }
    response.setStatusCode(status(reply)).putHeader(HttpHeaders.CONTENT_TYPE, MEDIA_TYPE);
    reply
        .refusal()
        .filter(r -> r == Refusal.BUSY || r == Refusal.PLATFORM_UNAVAILABLE)
        .ifPresent(r -> response.putHeader(RETRY_AFTER, Long.toString(reply.retryAfter())));
    response.end(Buffer.buffer(reply.frame()));
  }

  private static int status(Reply reply) {
    return reply.refusal().map(HttpTransport::status).orElse(200);
  }

  private static int status(Refusal refusal) {
    return switch (refusal) {
      case MALFORMED, UNSUPPORTED -> 400;
      case NOT_RECOGNISED -> 401;
      case REFUSED -> 403;
      case ALREADY_ENROLLED, SUPERSEDED -> 409;
      case UNKNOWN_DEVICE -> 404;
      case BUSY -> 429;
      case INTERNAL -> 500;
      case PLATFORM_UNAVAILABLE -> 503;
    };
  }
}
