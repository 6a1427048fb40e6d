package io.otakey.gateway.admin;

import com.fasterxml.jackson.databind.JsonNode;
import io.otakey.protocol.wire.DeviceRef;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.ext.web.RoutingContext;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;

/** One authorized request, its body read unless the operation streams it. */
final class Call {
  private final Caller caller;
  private final RoutingContext context;
  private final Buffer body;

  Call(Caller caller, RoutingContext context, Buffer body) {
    this.caller = caller;
    this.context = context;
    this.body = body;
  }

  Caller caller() {
    return caller;
  }

  HttpServerRequest request() {
    return context.request();
  }

  Query query() {
    return new Query(context.queryParams());
  }

  Buffer body() {
    return body;
  }

  /** A value read from a JSON body; one problem for everything that is wrong with it. */
  <T> T read(Function<Fields, T> reader) {
    return read(Json.parse(body), reader);
  }

  static <T> T read(JsonNode document, Function<Fields, T> reader) {
    List<String> faults = new ArrayList<>();
    List<T> value = new ArrayList<>(1);
    Fields.read(document, fields -> value.add(reader.apply(fields)), faults);
    Problem.throwIfAny(faults);
    return value.get(0);
  }

  String path(String name) {
    return context.pathParam(name);
  }

  /** The product that the path names; its form was checked. */
  String productId() {
    return path("productId");
  }

  /** The device that the path names. */
  DeviceRef device() {
    String deviceId = path("deviceId");
    if (!DeviceRef.isDeviceId(deviceId)) {
      throw Problem.of(
              Problem.Kind.BAD_REQUEST,
              "the path names no device id: it must match [A-Za-z0-9][A-Za-z0-9._:-]{0,63}")
          .exception();
    }
    return new DeviceRef(productId(), deviceId);
  }

  /** A whole number in the path. */
  long number(String name, long min, long max) {
    String text = path(name);
    if (text.matches("[0-9]{1,18}")) {
      long value = Long.parseLong(text);
      if (value >= min && value <= max) {
        return value;
      }
    }
    throw Problem.of(
            Problem.Kind.BAD_REQUEST,
            name + " in the path must be a whole number in " + min + ".." + max)
        .exception();
  }
}
