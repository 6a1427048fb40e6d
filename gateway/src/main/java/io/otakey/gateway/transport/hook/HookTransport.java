package io.otakey.gateway.transport.hook;

import io.otakey.gateway.exchange.PlatformLogin;
import io.otakey.gateway.exchange.PlatformLogin.Outcome;
import io.otakey.gateway.metric.Places;
import io.otakey.gateway.tls.ServerTls;
import io.otakey.gateway.transport.AddressRange;
import io.otakey.protocol.wire.DeviceRef;
import io.otakey.protocol.wire.LoginName;
import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpConnection;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.http.HttpServerRequest;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;

/**
 * Answers brokers' questions: {@code POST /PLATFORM/BROKER/QUESTION}. Deploy one instance per core;
 * they share the port. Logins are decided by {@link PlatformLogin}, topics by their names alone.
 */
public final class HookTransport extends VerticleBase {
  private static final int MAX_BODY = 8192;
  private static final int ANY_FREE_PORT = -5; // shared by all listeners of this number

  private final HookConfig config;
  private final Optional<ServerTls> tls;
  private final PlatformLogin logins;
  private final Places places;
  private final Set<HttpConnection> refused = new HashSet<>(); // their close is under way
  private Optional<HttpServer> server = Optional.empty();

  /**
   * Listens once it is deployed.
   *
   * @param places for connections, of all instances together
   */
  public HookTransport(
      HookConfig config, Optional<ServerTls> tls, PlatformLogin logins, Places places) {
    this.config = config;
    this.tls = tls;
    this.logins = logins;
    this.places = places;
  }

  @Override
  public Future<?> start() {
    HttpServerOptions options =
        new HttpServerOptions()
            .setHost(config.host())
            .setPort(config.port() == 0 ? ANY_FREE_PORT : config.port())
            .setTcpNoDelay(true)
            .setIdleTimeout(config.idleSeconds())
            .setHttp2ClearTextEnabled(false)
            .setPerFrameWebSocketCompressionSupported(false)
            .setPerMessageWebSocketCompressionSupported(false);
    tls.ifPresent(material -> material.applyTo(options));
    HttpServer listening = vertx.createHttpServer(options);
    server = Optional.of(listening);
    tls.ifPresent(material -> material.renew(listening::updateSSLOptions));
    return listening
        .connectionHandler(this::connected)
        .requestHandler(this::requested)
        .exceptionHandler(brokenConnection -> {})
        .listen();
  }

  @Override
  public Future<?> stop() {
    return server.map(HttpServer::close).orElseGet(Future::succeededFuture);
  }

  /** The port that is listened on, once deployed. */
  public int port() {
    return server.map(HttpServer::actualPort).orElse(-1);
  }

  private void connected(HttpConnection connection) {
    connection.exceptionHandler(broken -> {}); // it is closed; else it is printed
    if (mayAsk(connection) && places.take()) {
      connection.closeHandler(closed -> places.give());
    } else {
      refused.add(connection);
      connection.closeHandler(closed -> refused.remove(connection));
      connection.close();
    }
  }

  private boolean mayAsk(HttpConnection connection) {
    return AddressRange.anyContains(config.platforms(), connection.remoteAddress().hostAddress());
  }

  private void requested(HttpServerRequest request) {
    if (refused.contains(request.connection())) {
      return;
    }
    String[] path = request.path().split("/", -1);
    Optional<Dialect> dialect = path.length == 4 ? Dialect.of(path[2]) : Optional.empty();
    if (dialect.isEmpty() || !DeviceRef.isProductId(path[1])) {
      request.response().setStatusCode(404).end("ask /PLATFORM/rabbitmq, emqx or mosquitto/WHAT");
    } else if (!request.method().equals(HttpMethod.POST)) { // a GET has the password in its address
      request.response().putHeader(HttpHeaders.ALLOW, "POST").setStatusCode(405).end("use POST");
    } else {
      read(request, path[1], dialect.get(), path[3]);
    }
  }

  private void read(HttpServerRequest request, String platform, Dialect dialect, String what) {
    Buffer body = Buffer.buffer(256);
    request.handler(
        part -> {
          if (body.length() <= MAX_BODY) {
            body.appendBuffer(part);
          }
        });
    request.endHandler(
        end -> {
          if (body.length() > MAX_BODY) {
            request.response().setStatusCode(413).end("larger than " + MAX_BODY + " bytes");
          } else {
            ask(request, platform, dialect, what, body.toString());
          }
        });
  }

  private void ask(
      HttpServerRequest request, String platform, Dialect dialect, String what, String body) {
    String type = Optional.ofNullable(request.getHeader(HttpHeaders.CONTENT_TYPE)).orElse("");
    Question question =
        Fields.read(type, body)
            .map(fields -> dialect.read(what, fields))
            .orElseGet(() -> new Question.Unreadable("the body is no form and no JSON"));
    if (question instanceof Question.Unreadable unreadable) {
      request.response().setStatusCode(400).end(unreadable.why());
      return;
    }
    decide(platform, question)
        .onSuccess(
            outcome -> {
              Dialect.Answer answer = dialect.answer(outcome);
              if (!request.response().closed()) {
                request
                    .response()
                    .setStatusCode(answer.status())
                    .putHeader(HttpHeaders.CONTENT_TYPE, answer.mediaType())
                    .end(answer.body());
              }
            });
  }

  private Future<Outcome> decide(String platform, Question question) {
    if (question instanceof Question.Login login) {
      return logins.check(platform, login.name(), login.password(), login.clientId());
    }
    if (question instanceof Question.Session session) {
      return logins.hasClientId(platform, session.name(), session.clientId());
    }
    boolean allowed =
        question instanceof Question.Topic topic
            ? below(topic.name(), topic.filter())
            : ((Question.Settled) question).allowed();
    return Future.succeededFuture(allowed ? Outcome.ALLOWED : Outcome.REFUSED);
  }

  /**
   * Each device has its own branch; a filter must name it in full before any wildcard. A dot of a
   * device id is written %2E there, since some brokers take dots for slashes.
   */
  private boolean below(String name, String filter) {
    return LoginName.parse(name)
        .map(LoginName::ref)
        .map(
            ref ->
                String.join(
                    "/",
                    config.topicPrefix(),
                    ref.productId(),
                    ref.deviceId().replace(".", "%2E"),
                    ""))
        .filter(branch -> filter.startsWith(branch) && filter.length() > branch.length())
        .isPresent();
  }
}
