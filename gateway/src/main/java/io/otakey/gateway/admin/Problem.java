package io.otakey.gateway.admin;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

/** A problem document (RFC 9457). Its texts name fault and remedy, and hold no secret. */
final class Problem {
  /** What went wrong, by HTTP status. */
  enum Kind {
    BAD_REQUEST(400, "The request makes no sense"),
    UNAUTHENTICATED(401, "A valid token is needed"),
    FORBIDDEN(403, "The token does not allow this"),
    UNCERTIFIED(403, "A client certificate is needed"),
    NOT_FOUND(404, "There is no such thing"),
    METHOD_NOT_ALLOWED(405, "The method is not supported here"),
    TIMEOUT(408, "The request took too long"),
    CONFLICT(409, "The present state does not allow this"),
    GONE(410, "It is not there any more"),
    TOO_LARGE(413, "The request is too large"),
    ADDRESS_TOO_LONG(414, "The request's address is too long"),
    UNSUPPORTED_MEDIA(415, "The body's media type is not supported"),
    HEADERS_TOO_LARGE(431, "The request's headers are too large"),
    TOO_MANY(429, "Too many requests"),
    INTERNAL(500, "The gateway failed"),
    UNAVAILABLE(503, "The gateway cannot do this now");

    private final int status;
    private final String title;

    Kind(int status, String title) {
      this.status = status;
      this.title = title;
    }

    int status() {
      return status;
    }

    String type() {
      return "urn:otakey:problem:" + Names.of(this);
    }
  }

  static final String MEDIA_TYPE = "application/problem+json";

  private final Kind kind;
  private final ObjectNode document = Json.object();
  private final Map<String, String> headers = new LinkedHashMap<>();

  private Problem(Kind kind, String detail) {
    this.kind = kind;
    document.put("type", kind.type());
    document.put("title", kind.title);
    document.put("status", kind.status);
    document.put("detail", detail);
  }

  /** A problem; the text names fault and remedy. */
  static Problem of(Kind kind, String detail) {
    return new Problem(kind, detail);
  }

  /** One document for everything that is wrong with what the caller sent. */
  static Problem invalid(List<String> faults) {
    Problem problem = new Problem(Kind.BAD_REQUEST, String.join("; ", faults));
    return problem.with(
        document -> {
          ArrayNode errors = document.putArray("errors");
          faults.forEach(errors::add);
        });
  }

  static Problem notFound(String what) {
    return new Problem(Kind.NOT_FOUND, what);
  }

  static Problem noProduct(String id) {
    return notFound("there is no product '" + id + "': check the id, or create the product");
  }

  /** With members of its own. */
  Problem with(Consumer<ObjectNode> more) {
    more.accept(document);
    return this;
  }

  /** With a response header. */
  Problem header(String name, String value) {
    headers.put(name, value);
    return this;
  }

  ProblemException exception() {
    return new ProblemException(this);
  }

  Kind kind() {
    return kind;
  }

  String detail() {
    return document.path("detail").asText();
  }

  Reply reply() {
    Reply reply = Reply.of(kind.status, MEDIA_TYPE, Json.bytes(document));
    for (Map.Entry<String, String> header : headers.entrySet()) {
      reply = reply.header(header.getKey(), header.getValue());
    }
    return reply;
  }

  /** Throws one problem for all faults, if there are any. */
  static void throwIfAny(List<String> faults) {
    if (!faults.isEmpty()) {
      throw invalid(new ArrayList<>(faults)).exception();
    }
  }
}
