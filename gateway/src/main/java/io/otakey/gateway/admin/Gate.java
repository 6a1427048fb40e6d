package io.otakey.gateway.admin;

import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import io.otakey.gateway.admin.Contract.Operation;
import io.otakey.gateway.metric.Metric;
import io.otakey.gateway.registry.RegistryBusyException;
import io.otakey.gateway.registry.RegistryUnavailableException;
import io.otakey.gateway.registry.Role;
import io.otakey.protocol.wire.DeviceRef;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.ext.web.RoutingContext;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What every request passes: rate, token, role, products, parameters, media type, size. Turns
 * whatever fails into a problem document. Event loop only.
 */
final class Gate {
  private static final Logger LOG = LoggerFactory.getLogger(Gate.class);
  private static final Set<String> STREAMED = Set.of("text/csv", "application/x-ndjson");
  private static final String YAML = "application/yaml";

  /** Asked from outside whether the node lives, by whoever it is that stops it if not. */
  private static final Set<String> NEVER_TOO_OFTEN = Set.of("getLiveness", "getReadiness");

  private final AdminConfig config;
  private final Authenticator authenticator;
  private final RequestRate rate;
  private final MeterRegistry meters;

  Gate(AdminConfig config, Authenticator authenticator, RequestRate rate, MeterRegistry meters) {
    this.config = config;
    this.authenticator = authenticator;
    this.rate = rate;
    this.meters = meters;
  }

  /** Works off one request for this operation. */
  void handle(Operation operation, Endpoint endpoint, RoutingContext context) {
    Timer.Sample sample = Timer.start(meters);
    // Whoever calls is known only after a look into the database; the body waits.
    BodyReader.hold(context.request());
    caller(operation, context)
        .compose(
            caller -> {
              checkScope(operation, caller, context);
              checkQuery(operation, context);
              return body(operation, context)
                  .compose(body -> endpoint.answer(new Call(caller, context, body)));
            })
        .recover(failure -> Future.succeededFuture(problem(operation.id(), failure).reply()))
        .onSuccess(
            reply -> {
              send(context, reply);
              sample.stop(timer(operation, context.response()));
            });
  }

  /** Answers a request that no operation takes. */
  void answer(RoutingContext context, Reply reply) {
    BodyReader.hold(context.request());
    send(context, reply);
  }

  private Future<Caller> caller(Operation operation, RoutingContext context) {
    HttpServerRequest request = context.request();
    String address = address(request);
    if (!NEVER_TOO_OFTEN.contains(operation.id()) && !rate.admits(address)) {
      return Future.failedFuture(tooOften());
    }
    Optional<Role> needed = neededRole(operation);
    if (needed.isEmpty()) {
      return Future.succeededFuture(new Caller("anybody", Role.VIEWER, Set.of(), address));
    }
    return authenticator
        .caller(request.getHeader(HttpHeaders.AUTHORIZATION), address)
        .map(
            caller -> {
              if (!caller.may(needed.get())) {
                throw forbidden(
                    "this needs role "
                        + Names.of(needed.get())
                        + ", and the token has "
                        + Names.of(caller.role())
                        + ": use another token");
              }
              return caller;
            });
  }

  private Optional<Role> neededRole(Operation operation) {
    boolean metrics = operation.id().equals("getMetrics") && config.metricsNeedsToken();
    return metrics ? Optional.of(Role.VIEWER) : operation.role();
  }

  private void checkScope(Operation operation, Caller caller, RoutingContext context) {
    switch (operation.scope()) {
      case FILTERED -> {}
      case OPEN, INSTALLATION -> {
        if (caller.limited()) {
          throw forbidden(
              "this concerns the whole installation, and the token is limited to some products:"
                  + " use one that is not limited");
        }
      }
      case PRODUCT -> {
        String productId = context.pathParam("productId");
        if (!DeviceRef.isProductId(productId)) {
          throw Problem.of(
                  Problem.Kind.BAD_REQUEST,
                  "the path names no product id: it must match [a-z0-9][a-z0-9-]{0,31}")
              .exception();
        }
        requireProduct(caller, productId);
      }
    }
  }

  /** Refuses what is another tenant's, whether it exists or not. */
  static void requireProduct(Caller caller, String productId) {
    if (!caller.sees(productId)) {
      throw forbidden(
          "the token is limited to other products than '" + productId + "': use another token");
    }
  }

  private static ProblemException tooOften() {
    return Problem.of(
            Problem.Kind.TOO_MANY,
            "more than "
                + RequestRate.PER_SECOND
                + " requests a second came from this address: ask for more at once, or wait")
        .header("Retry-After", "1")
        .exception();
  }

  static ProblemException forbidden(String detail) {
    return Problem.of(Problem.Kind.FORBIDDEN, detail).exception();
  }

  private static void checkQuery(Operation operation, RoutingContext context) {
    for (String name : context.queryParams().names()) {
      if (!operation.query().contains(name)) {
        throw Problem.of(
                Problem.Kind.BAD_REQUEST,
                operation.query().isEmpty()
                    ? "this takes no query parameters: leave them out"
                    : "a query parameter is not known here: use only "
                        + operation.query().stream().sorted().toList())
            .exception();
      }
    }
  }

  private Future<Buffer> body(Operation operation, RoutingContext context) {
    HttpServerRequest request = context.request();
    if (operation.consumes().isEmpty()) {
      return Future.succeededFuture(Buffer.buffer());
    }
    String mediaType = mediaType(request);
    if (!operation.consumes().contains(mediaType)) {
      throw Problem.of(
              Problem.Kind.UNSUPPORTED_MEDIA,
              "send the body with Content-Type "
                  + String.join(" or ", operation.consumes().stream().sorted().toList()))
          .exception();
    }
    if ("100-continue".equalsIgnoreCase(request.getHeader(HttpHeaders.EXPECT))) {
      context.response().writeContinue();
    }
    if (STREAMED.contains(mediaType)) {
      return Future.succeededFuture(Buffer.buffer());
    }
    return BodyReader.read(
        request, mediaType.equals(YAML) ? config.maxConfigBytes() : config.maxBodyBytes());
  }

  static String mediaType(HttpServerRequest request) {
    String header = request.getHeader(HttpHeaders.CONTENT_TYPE);
    if (header == null) {
      return "";
    }
    int end = header.indexOf(';');
    return (end < 0 ? header : header.substring(0, end)).strip().toLowerCase(Locale.ROOT);
  }

  /** The problem document of a failure; what is not foreseen stays in the log. */
  static Problem problem(String what, Throwable failure) {
    if (failure instanceof ProblemException known) {
      return known.problem();
    }
    if (failure instanceof RegistryBusyException
        || failure instanceof RegistryUnavailableException) {
      LOG.warn("{} got no answer of the database: {}", what, failure.getMessage());
      return Problem.of(
              Problem.Kind.UNAVAILABLE,
              "the database is away or too busy: try again; where it is not known whether a change"
                  + " was made, look first")
          .header("Retry-After", "2");
    }
    String reference = UUID.randomUUID().toString();
    LOG.error("{} failed, reference {}", what, reference, failure);
    return Problem.of(
            Problem.Kind.INTERNAL,
            "an unforeseen fault: the gateway's log has it under reference " + reference)
        .with(document -> document.put("reference", reference));
  }

  private static void send(RoutingContext context, Reply reply) {
    HttpServerResponse response = context.response();
    if (reply instanceof Reply.Whole whole && !response.ended() && !response.closed()) {
      if (response.headWritten()) {
        // Part of a stream is out already: cut it short, so that nobody takes it for whole.
        context.request().connection().close();
        return;
      }
      response.setStatusCode(whole.status());
      whole.headers().forEach(response::putHeader);
      if (BodyReader.isUnread(context.request())) {
        response.putHeader(HttpHeaders.CONNECTION, "close");
      }
      response.end(whole.body());
      BodyReader.discard(context.vertx(), context.request());
    }
  }

  private Timer timer(Operation operation, HttpServerResponse response) {
    return Metric.ADMIN_REQUESTS.timer(
        meters, operation.id(), Integer.toString(response.getStatusCode()));
  }

  private static String address(HttpServerRequest request) {
    String host = request.remoteAddress() == null ? null : request.remoteAddress().hostAddress();
    return host == null ? "unknown" : host;
  }
}
