package io.otakey.gateway.platform.net;

import io.otakey.gateway.platform.PlatformException;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpClient;
import io.vertx.core.http.HttpClientOptions;
import io.vertx.core.http.HttpClientRequest;
import io.vertx.core.http.HttpClientResponse;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.PoolOptions;
import io.vertx.core.http.RequestOptions;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * Requests to one HTTP API: connections, waiting requests, time and answers are bounded, redirects
 * are answers like others. A future that fails says why the platform did not answer, without
 * anything that was sent. One event loop's.
 */
public final class HttpLink {
  private static final int MAX_WAITING = 4096;

  private final Address address;
  private final HttpClient client;
  private final int maxAnswer;

  /**
   * Connects when it is asked to.
   *
   * @param connections most at once
   * @param maxAnswer most bytes of an answer's body
   */
  public HttpLink(Vertx vertx, Address address, int connections, int maxAnswer) {
    this.address = address;
    this.maxAnswer = maxAnswer;
    HttpClientOptions options =
        new HttpClientOptions()
            .setDefaultHost(address.host())
            .setDefaultPort(address.port())
            .setSsl(address.tls())
            .setConnectTimeout(Math.toIntExact(address.timeout().toMillis()));
    address.trust().ifPresent(options::setTrustOptions);
    this.client =
        vertx.createHttpClient(
            options,
            new PoolOptions().setHttp1MaxSize(connections).setMaxWaitQueueSize(MAX_WAITING));
  }

  /**
   * A request.
   *
   * @param path below the address's own, encoded, begins with a slash
   */
  public record Call(HttpMethod method, String path, Map<String, String> headers, Buffer body) {
    /** Without headers, which may hold secrets. */
    @Override
    public String toString() {
      return method + " " + path;
    }
  }

  /** What the platform says. */
  public record Answer(int status, Buffer body) {}

  /** A user and its password, as Basic authentication wants them (RFC 7617). Secret. */
  public static String basic(String user, String password) {
    byte[] both = (user + ":" + password).getBytes(StandardCharsets.UTF_8);
    return Base64.getEncoder().encodeToString(both);
  }

  /** A text as part of one segment of a path, or of one parameter. */
  public static String segment(String text) {
    return URLEncoder.encode(text, StandardCharsets.UTF_8).replace("+", "%20");
  }

  /** Sends a request; every answer that ends in time is a success, whatever it says. */
  public Future<Answer> send(Call call) {
    RequestOptions options =
        new RequestOptions().setMethod(call.method()).setURI(address.path() + call.path());
    call.headers().forEach(options::addHeader);
    long millis = address.timeout().toMillis();
    return client
        .request(options)
        .compose(
            request ->
                request
                    .send(call.body())
                    .compose(response -> read(request, response))
                    .timeout(millis, TimeUnit.MILLISECONDS)
                    .onFailure(failure -> request.reset()))
        .timeout(millis, TimeUnit.MILLISECONDS)
        .recover(failure -> Future.failedFuture(explained(failure)));
  }

  /** Closes all connections. */
  public Future<Void> close() {
    return client.close();
  }

  private Future<Answer> read(HttpClientRequest request, HttpClientResponse response) {
    Promise<Answer> promise = Promise.promise();
    Buffer body = Buffer.buffer();
    response.handler(
        chunk -> {
          if (body.length() + chunk.length() > maxAnswer) {
            promise.tryFail(new PlatformException("an answer of more than " + maxAnswer + " B"));
            request.reset();
          } else {
            body.appendBuffer(chunk);
          }
        });
    response
        .end()
        .onSuccess(end -> promise.tryComplete(new Answer(response.statusCode(), body)))
        .onFailure(promise::tryFail);
    return promise.future();
  }

  private PlatformException explained(Throwable failure) {
    String why =
        failure instanceof TimeoutException
            ? "no answer within " + address.timeout().toMillis() + " ms"
            : String.valueOf(failure.getMessage());
    return new PlatformException(address + ": " + why);
  }
}
