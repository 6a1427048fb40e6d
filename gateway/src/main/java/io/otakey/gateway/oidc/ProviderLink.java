package io.otakey.gateway.oidc;

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
import io.vertx.core.net.PemTrustOptions;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/** Reads documents of the provider: bounded in size and time; redirects are not followed. */
final class ProviderLink {
  static final int MAX_DOCUMENT = 256 * 1024;

  private static final long MILLIS = 5000;
  private static final int MAX_WAITING = 4;

  private final HttpClient client;

  ProviderLink(Vertx vertx, Optional<Path> caFile) {
    HttpClientOptions options =
        new HttpClientOptions().setConnectTimeout((int) MILLIS).setIdleTimeout(30);
    caFile.ifPresent(
        file -> options.setTrustOptions(new PemTrustOptions().addCertPath(file.toString())));
    this.client =
        vertx.createHttpClient(
            options, new PoolOptions().setHttp1MaxSize(2).setMaxWaitQueueSize(MAX_WAITING));
  }

  /** The document at an address. */
  Future<String> get(String url) {
    if (!OidcConfig.isSafe(url)) {
      return Future.failedFuture("an address that is not https");
    }
    RequestOptions options =
        new RequestOptions()
            .setMethod(HttpMethod.GET)
            .setAbsoluteURI(url)
            .addHeader("Accept", "application/json");
    return client
        .request(options)
        .compose(
            request ->
                request
                    .send()
                    .compose(response -> read(request, response))
                    .timeout(MILLIS, TimeUnit.MILLISECONDS)
                    .onFailure(failure -> request.reset()))
        .timeout(MILLIS, TimeUnit.MILLISECONDS);
  }

  private static Future<String> read(HttpClientRequest request, HttpClientResponse response) {
    Promise<String> promise = Promise.promise();
    response.exceptionHandler(promise::tryFail);
    if (response.statusCode() != 200) {
      return Future.failedFuture("status " + response.statusCode());
    }
    Buffer body = Buffer.buffer();
    response.handler(
        chunk -> {
          if (body.length() + chunk.length() > MAX_DOCUMENT) {
            promise.tryFail("a document of more than " + MAX_DOCUMENT + " bytes");
            request.reset();
          } else {
            body.appendBuffer(chunk);
          }
        });
    response
        .end()
        .onSuccess(end -> promise.tryComplete(body.toString()))
        .onFailure(promise::tryFail);
    return promise.future();
  }

  Future<Void> close() {
    return client.close();
  }
}
