package io.otakey.gateway.admin;

import io.otakey.gateway.admin.Contract.Operation;
import io.otakey.gateway.metric.Metric;
import io.otakey.gateway.metric.Places;
import io.otakey.gateway.metric.Resource;
import io.otakey.gateway.oidc.OidcTokens;
import io.otakey.gateway.tls.ServerTls;
import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import io.vertx.core.http.HttpConnection;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLPeerUnverifiedException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The administration API with health and metrics, on a port of its own. Deploy one instance. It
 * never blocks its event loop; its start fails if contract and operations do not match, or if the
 * port cannot be had.
 */
public final class AdminApi extends VerticleBase {
  private static final Logger LOG = LoggerFactory.getLogger(AdminApi.class);
  private static final int MAX_LINE = 16_384;
  private static final int MAX_HEADERS = 16_384;
  private static final int IDLE_SECONDS = 300;
  private static final int MAX_CONNECTIONS = 500;
  private static final Duration HANDSHAKE = Duration.ofSeconds(10);
  private static final Set<String> HEALTH = Set.of("/health/live", "/health/ready");
  private static final List<Integer> ROUTER_FAULTS = List.of(400, 404, 405, 500);

  private final AdminConfig config;
  private final AdminServices services;
  private volatile @Nullable HttpServer server;
  private @Nullable EventEndpoints events;
  private final Places connections;

  /** An API on these services. */
  public AdminApi(AdminConfig config, AdminServices services) {
    this.config = config;
    this.services = services;
    this.connections = new Places(Resource.ADMIN_CONNECTIONS, MAX_CONNECTIONS, services.meters());
  }

  /** The port it listens on; 0 before it has started. */
  public int port() {
    return server == null ? 0 : server.actualPort();
  }

  @Override
  public Future<?> start() {
    return vertx.executeBlocking(this::loadTls).compose(this::listen);
  }

  private Optional<ServerTls> loadTls() {
    String of = "administration port";
    return config
        .tls()
        .map(
            files ->
                config.openHealth()
                    ? ServerTls.loadAsking(of, files, HANDSHAKE)
                    : ServerTls.load(of, files, HANDSHAKE));
  }

  private Future<?> listen(Optional<ServerTls> tls) {
    Contract contract = Contract.load();
    HttpServer made = vertx.createHttpServer(options(tls));
    made.requestHandler(router(contract));
    made.invalidRequestHandler(this::refuseInvalid);
    made.connectionHandler(this::admit);
    return made.listen()
        .onSuccess(
            listening -> {
              server = listening;
              tls.ifPresent(
                  certificate -> {
                    certificate.renew(listening::updateSSLOptions);
                    certificate.watch(vertx);
                    Metric.CERTIFICATE_EXPIRES.gauge(
                        services.meters(), certificate, ServerTls::expires, "admin");
                  });
              announce(listening.actualPort());
            });
  }

  @Override
  public Future<?> stop() {
    if (events != null) {
      events.close();
    }
    return server == null ? Future.succeededFuture() : server.shutdown(5, TimeUnit.SECONDS);
  }

  private void admit(HttpConnection connection) {
    if (connections.take()) {
      connection.closeHandler(closed -> connections.give());
    } else {
      connection.close();
    }
  }

  private HttpServerOptions options(Optional<ServerTls> tls) {
    HttpServerOptions options =
        new HttpServerOptions()
            .setHost(config.host())
            .setPort(config.port())
            .setMaxInitialLineLength(MAX_LINE)
            .setMaxHeaderSize(MAX_HEADERS)
            .setIdleTimeout(IDLE_SECONDS)
            .setHttp2ClearTextEnabled(false);
    tls.ifPresent(certificate -> certificate.applyTo(options));
    return options;
  }

  private Router router(Contract contract) {
    Gate gate =
        new Gate(
            config,
            new Authenticator(
                services.tokens(),
                services.bootstrapTokens(),
                config.oidc().map(provider -> new OidcTokens(vertx, provider)),
                System::nanoTime),
            new RequestRate(System::nanoTime),
            services.meters());
    Map<String, Endpoint> endpoints = endpoints(contract);
    Router router = Router.router(vertx);
    router
        .route()
        .handler(
            context -> {
              harden(context.response());
              context.next();
            });
    if (config.openHealth()) {
      router.route().handler(context -> admitCertified(gate, context));
    }
    for (Operation operation : contract.operations()) {
      Endpoint endpoint = endpoints.remove(operation.id());
      if (endpoint == null) {
        throw new IllegalStateException("nothing serves " + operation.id() + " of openapi.yaml");
      }
      router
          .route(operation.method(), operation.routerPath())
          .handler(context -> gate.handle(operation, endpoint, context));
    }
    if (!endpoints.isEmpty()) {
      throw new IllegalStateException("openapi.yaml does not know " + endpoints.keySet());
    }
    new Console(gate).addTo(router);
    router
        .route()
        .last()
        .handler(context -> gate.answer(context, unrouted(contract, context).reply()));
    ROUTER_FAULTS.forEach(
        status ->
            router.errorHandler(status, context -> gate.answer(context, fault(context).reply())));
    return router;
  }

  private Map<String, Endpoint> endpoints(Contract contract) {
    Map<String, Endpoint> endpoints = new HashMap<>();
    new HealthEndpoints(vertx, services, contract).addTo(endpoints);
    new ProductEndpoints(services.products(), services.connections(), services.vault())
        .addTo(endpoints);
    new BundleEndpoint(config, services.products(), services.audit(), services.vault())
        .addTo(endpoints);
    addDevices(endpoints);
    new FleetEndpoint(services.devices()).addTo(endpoints);
    new CampaignEndpoints(services.campaigns(), services.products(), services.connections())
        .addTo(endpoints);
    new ConnectionEndpoints(services.products(), services.connections()).addTo(endpoints);
    new PlatformEndpoints(services.platforms(), services.vault()).addTo(endpoints);
    new ConfigEndpoints(
            services.products(),
            services.connections(),
            services.platforms(),
            services.webhooks(),
            services.vault())
        .addTo(endpoints);
    new RecoveryEndpoints(services.recovery(), services.watch()).addTo(endpoints);
    new AccessEndpoints(services.tokens(), services.audit()).addTo(endpoints);
    new AuditEndpoint(services.auditChain()).addTo(endpoints);
    new WebhookEndpoints(services.webhooks()).addTo(endpoints);
    events = new EventEndpoints(vertx, services.events(), services.meters());
    events.addTo(endpoints);
    new VaultEndpoints(
            vertx,
            services.vault(),
            services.vaultMark(),
            services.audit(),
            services.devices(),
            services.products(),
            services.platforms().registry(),
            services.webhooks().registry())
        .addTo(endpoints);
    return endpoints;
  }

  private void addDevices(Map<String, Endpoint> endpoints) {
    new DeviceEndpoints(
            services.devices(), services.announcer(), services.products(), services.connections())
        .addTo(endpoints);
    new LabelEndpoints(services.labels()).addTo(endpoints);
    new ImportEndpoint(vertx, services.products(), services.devices(), services.labels())
        .addTo(endpoints);
    new ExportEndpoint(services.devices()).addTo(endpoints);
  }

  private void harden(HttpServerResponse response) {
    response
        .putHeader("X-Content-Type-Options", "nosniff")
        .putHeader("X-Frame-Options", "DENY")
        .putHeader("Referrer-Policy", "no-referrer")
        .putHeader("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'")
        .putHeader("Cache-Control", "no-store");
    if (config.tls().isPresent()) {
      response.putHeader("Strict-Transport-Security", "max-age=31536000");
    }
  }

  /** What TLS does by itself where health needs a certificate, too. */
  private static void admitCertified(Gate gate, RoutingContext context) {
    if (HEALTH.contains(context.normalizedPath()) || isCertified(context.request())) {
      context.next();
    } else {
      gate.answer(
          context,
          Problem.of(
                  Problem.Kind.UNCERTIFIED,
                  "only health is told without one: come with a certificate of an authority in"
                      + " admin.tls.clientCa")
              .reply());
    }
  }

  private static boolean isCertified(HttpServerRequest request) {
    try {
      return request.sslSession().getPeerCertificates().length > 0;
    } catch (SSLPeerUnverifiedException e) {
      return false;
    }
  }

  private static Problem unrouted(Contract contract, RoutingContext context) {
    List<String> methods = contract.methods(context.normalizedPath());
    if (methods.isEmpty()) {
      return Problem.notFound("nothing is at this address: see / for all there is");
    }
    String allowed = String.join(", ", methods);
    return Problem.of(Problem.Kind.METHOD_NOT_ALLOWED, "use " + allowed + " at this address")
        .header("Allow", allowed);
  }

  private static Problem fault(RoutingContext context) {
    Throwable failure = context.failure();
    if (context.statusCode() != 500) {
      return Problem.of(
          Problem.Kind.BAD_REQUEST, "the request's address cannot be read: mend its % escapes");
    }
    LOG.error("a request failed", failure);
    return Problem.of(Problem.Kind.INTERNAL, "an unforeseen fault: see the gateway's log");
  }

  /** Requests that are no HTTP, or larger than the decoder takes. */
  private void refuseInvalid(HttpServerRequest request) {
    String fault = String.valueOf(request.decoderResult().cause());
    Problem problem;
    if (fault.contains("TooLongHttpLineException")) {
      problem =
          Problem.of(
              Problem.Kind.ADDRESS_TOO_LONG,
              "the request line has more than " + MAX_LINE + " bytes: ask for less at once");
    } else if (fault.contains("TooLongHttpHeaderException")) {
      problem =
          Problem.of(
              Problem.Kind.HEADERS_TOO_LARGE,
              "the headers have more than " + MAX_HEADERS + " bytes: send fewer");
    } else {
      problem = Problem.of(Problem.Kind.BAD_REQUEST, "this is not HTTP: mend the request");
    }
    Reply.Whole reply = (Reply.Whole) problem.reply();
    HttpServerResponse response = request.response().setStatusCode(reply.status());
    harden(response);
    reply.headers().forEach(response::putHeader);
    response.putHeader("Connection", "close");
    response.end(reply.body()).onComplete(done -> request.connection().close());
  }

  private void announce(int port) {
    String scheme = config.tls().isPresent() ? "https" : "http";
    LOG.info(
        "administration API on {}://{}:{}/, for browsers {}",
        scheme,
        config.host(),
        port,
        Console.PATH);
    boolean loopback = config.host().startsWith("127.") || config.host().equals("localhost");
    if (!loopback && !config.host().equals("::1") && config.tls().isEmpty()) {
      LOG.warn(
          "the administration API is open to the network without TLS, so tokens travel in clear:"
              + " configure admin.tls, or listen on 127.0.0.1");
    }
  }
}
