package io.otakey.gateway.admin;

import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerRequest;

/** Reads a paused request's body into memory, up to a limit. */
final class BodyReader {
  /** What is read and dropped after an early answer, so that the peer gets to read that. */
  private static final long MAX_DISCARDED = 8L << 20;

  private static final long MAX_DISCARD_MS = 2000;

  private BodyReader() {}

  /** Stops a body from arriving until somebody reads it; nothing to do for most requests. */
  static void hold(HttpServerRequest request) {
    if (hasBody(request)) {
      request.pause();
    }
  }

  /** Whether part of a body may still be on its way. */
  static boolean isUnread(HttpServerRequest request) {
    return hasBody(request) && !request.isEnded();
  }

  static boolean hasBody(HttpServerRequest request) {
    return announced(request) > 0 || request.headers().contains(HttpHeaders.TRANSFER_ENCODING);
  }

  /** The whole body; fails with a 413 as soon as it is known to be too large. */
  static Future<Buffer> read(HttpServerRequest request, int limit) {
    if (!hasBody(request)) {
      return Future.succeededFuture(Buffer.buffer());
    }
    Promise<Buffer> whole = Promise.promise();
    if (announced(request) > limit) {
      return Future.failedFuture(tooLarge(limit));
    }
    Buffer body = Buffer.buffer();
    request.handler(
        part -> {
          if (body.length() + part.length() > limit) {
            request.pause();
            whole.tryFail(tooLarge(limit));
          } else {
            body.appendBuffer(part);
          }
        });
    request.exceptionHandler(whole::tryFail);
    request.endHandler(end -> whole.tryComplete(body));
    request.resume();
    return whole.future();
  }

  /** Reads on for a while after the answer and forgets what it reads; then closes. */
  static void discard(Vertx vertx, HttpServerRequest request) {
    if (!isUnread(request)) {
      return;
    }
    vertx.setTimer(
        MAX_DISCARD_MS,
        late -> {
          if (!request.isEnded()) {
            request.connection().close();
          }
        });
    long[] dropped = new long[1];
    request.exceptionHandler(gone -> {});
    request.endHandler(end -> {});
    request.handler(
        part -> {
          dropped[0] += part.length();
          if (dropped[0] > MAX_DISCARDED) {
            request.connection().close();
          }
        });
    request.resume();
  }

  private static long announced(HttpServerRequest request) {
    String length = request.getHeader(HttpHeaders.CONTENT_LENGTH);
    // Longer numbers do not get through the HTTP decoder.
    return length == null ? 0 : Long.parseLong(length);
  }

  private static ProblemException tooLarge(int limit) {
    return Problem.of(
            Problem.Kind.TOO_LARGE,
            "the body has more than "
                + limit
                + " bytes: send it in parts, or raise the limit in"
                + " the gateway's configuration")
        .exception();
  }
}
