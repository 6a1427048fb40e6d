package io.otakey.gateway.webhook;

import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import io.otakey.gateway.metric.Metric;
import io.otakey.protocol.crypto.Secret;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpClient;
import io.vertx.core.http.HttpClientOptions;
import io.vertx.core.http.HttpClientRequest;
import io.vertx.core.http.HttpClientResponse;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.PoolOptions;
import io.vertx.core.http.RequestOptions;
import io.vertx.core.internal.VertxInternal;
import io.vertx.core.net.SocketAddress;
import java.net.InetAddress;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * Posts deliveries. A host's name is looked up and its address checked for each connection, and the
 * connection goes to just that address, so that no name that changes its meaning leads elsewhere.
 * Redirects are answers like others. Thread-safe; never blocks.
 */
public final class WebhookSender {
  /** Of an answer nothing but its status counts; more than this is not read. */
  static final int MAX_ANSWER = 65_536;

  private static final int IDLE_SECONDS = 60;

  private final Vertx vertx;
  private final WebhookConfig config;
  private final WebhookSecrets secrets;
  private final MeterRegistry meters;
  private final Map<String, Open> clients = new ConcurrentHashMap<>();

  private record Open(long version, HttpClient client) {}

  /** Connects to nothing before it is asked to. */
  public WebhookSender(
      Vertx vertx, WebhookConfig config, WebhookSecrets secrets, MeterRegistry meters) {
    this.vertx = vertx;
    this.config = config;
    this.secrets = secrets;
    this.meters = meters;
  }

  /** Sends no events, as a test; fails with {@link WebhookException}. */
  public Future<Void> test(Webhook webhook) {
    return send(webhook, Delivery.test(webhook.id()));
  }

  /** Sends; done once the receiver has said that it has it. Fails with {@link WebhookException}. */
  Future<Void> send(Webhook webhook, Delivery delivery) {
    Timer.Sample begun = Timer.start(meters);
    long millis = config.timeout().toMillis();
    Target target = Target.parse(webhook.order().url()).orElseThrow();
    return address(target.host())
        .compose(address -> post(webhook, target, address, delivery))
        .timeout(millis, TimeUnit.MILLISECONDS)
        .recover(failure -> Future.failedFuture(explained(failure)))
        .onComplete(
            done ->
                begun.stop(
                    Metric.WEBHOOK_DELIVERIES.timer(
                        meters, webhook.id(), done.succeeded() ? "delivered" : "failed")));
  }

  /** Ends the connections of all webhooks but these. */
  void retain(Set<String> ids) {
    clients.forEach(
        (id, open) -> {
          if (!ids.contains(id) && clients.remove(id, open)) {
            open.client().close();
          }
        });
  }

  /** Ends all connections. */
  public void close() {
    retain(Set.of());
  }

  private Future<InetAddress> address(String host) {
    return ((VertxInternal) vertx)
        .nameResolver()
        .resolve(host)
        .recover(failure -> Future.failedFuture(new WebhookException("its host has no address")))
        .compose(
            address ->
                Reach.allows(address, config.reach())
                    ? Future.succeededFuture(address)
                    : Future.failedFuture(
                        new WebhookException(
                            "its host is at an address that webhooks may not reach, not being a"
                                + " public one: see webhooks.reach")));
  }

  private Future<Void> post(
      Webhook webhook, Target target, InetAddress address, Delivery delivery) {
    long seconds = Instant.now().getEpochSecond();
    List<Secret> keys = secrets.open(webhook, Instant.now());
    if (keys.isEmpty()) {
      return Future.failedFuture(
          new WebhookException("the vault cannot open its secret: give it a new one"));
    }
    String signature = signature(keys, delivery, seconds);
    RequestOptions options =
        new RequestOptions()
            .setMethod(HttpMethod.POST)
            .setHost(target.host())
            .setPort(target.port())
            .setURI(target.uri())
            .setServer(SocketAddress.inetSocketAddress(target.port(), address.getHostAddress()))
            .addHeader("Content-Type", "application/json")
            .addHeader("User-Agent", "otakey-gateway")
            .addHeader("webhook-id", delivery.id())
            .addHeader("webhook-timestamp", Long.toString(seconds))
            .addHeader("webhook-signature", signature);
    long millis = config.timeout().toMillis();
    return client(webhook, target)
        .request(options)
        .compose(
            request ->
                request
                    .send(Buffer.buffer(delivery.body()))
                    .compose(response -> judge(request, response))
                    .timeout(millis, TimeUnit.MILLISECONDS)
                    .onFailure(failure -> request.reset()));
  }

  private static String signature(List<Secret> keys, Delivery delivery, long seconds) {
    try {
      return Signature.of(keys, delivery.id(), seconds, delivery.body());
    } finally {
      keys.forEach(Secret::wipe);
    }
  }

  /** The status decides; the rest is read for the connection's sake, if it is short. */
  private Future<Void> judge(HttpClientRequest request, HttpClientResponse response) {
    int status = response.statusCode();
    if (status < 200 || status >= 300) {
      request.reset();
      return Future.failedFuture(new WebhookException("it answered " + status));
    }
    long patience = vertx.setTimer(config.timeout().toMillis(), id -> request.reset());
    int[] read = {0};
    response.handler(
        chunk -> {
          read[0] += chunk.length();
          if (read[0] > MAX_ANSWER) {
            request.reset();
          }
        });
    response.end().onComplete(end -> vertx.cancelTimer(patience));
    return Future.succeededFuture();
  }

  private HttpClient client(Webhook webhook, Target target) {
    Open now =
        clients.compute(
            webhook.id(),
            (id, present) -> {
              if (present != null && present.version() == webhook.version()) {
                return present;
              }
              if (present != null) {
                present.client().close();
              }
              return new Open(webhook.version(), client(webhook.order(), target));
            });
    return now.client();
  }

  private HttpClient client(WebhookOrder order, Target target) {
    HttpClientOptions options =
        new HttpClientOptions()
            .setSsl(target.tls())
            .setKeepAliveTimeout(IDLE_SECONDS)
            .setConnectTimeout(Math.toIntExact(config.timeout().toMillis()));
    order.trust().ifPresent(options::setTrustOptions);
    return vertx.createHttpClient(options, new PoolOptions().setHttp1MaxSize(2));
  }

  private WebhookException explained(Throwable failure) {
    if (failure instanceof WebhookException known) {
      return known;
    }
    return new WebhookException(
        failure instanceof TimeoutException
            ? "no answer within " + config.timeout().toMillis() + " ms"
            : "not sent: " + failure.getMessage());
  }
}
