package io.otakey.gateway.admin;

import io.otakey.gateway.registry.DeviceAdministration;
import io.otakey.gateway.registry.DeviceLabels;
import io.otakey.gateway.registry.ProductRegistry;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.util.Map;

/** Registers devices in bulk from a stream of lines. */
final class ImportEndpoint {
  /** Imports at a time: each has up to two statements with the database. */
  private static final int MAX_RUNNING = 4;

  private static final int DEFAULT_ERRORS = 1000;
  private static final int MAX_ERRORS = 10_000;
  private static final long MAX_FIRST_LINE = 1_000_000_000_000L;

  private final Vertx vertx;
  private final ProductRegistry products;
  private final DeviceAdministration devices;
  private final DeviceLabels labels;
  private int running;

  ImportEndpoint(
      Vertx vertx, ProductRegistry products, DeviceAdministration devices, DeviceLabels labels) {
    this.vertx = vertx;
    this.products = products;
    this.devices = devices;
    this.labels = labels;
  }

  void addTo(Map<String, Endpoint> endpoints) {
    endpoints.put("importDevices", this::importDevices);
  }

  private Future<Reply> importDevices(Call call) {
    Query query = call.query();
    long firstLine = query.integer("firstLine", 1, MAX_FIRST_LINE).orElse(1);
    int maxErrors = (int) query.integer("maxErrors", 0, MAX_ERRORS).orElse(DEFAULT_ERRORS);
    query.check();
    return ProductEndpoints.require(products, call.productId())
        .compose(
            product -> {
              if (running >= MAX_RUNNING) {
                throw Problem.of(
                        Problem.Kind.UNAVAILABLE,
                        MAX_RUNNING + " imports are running: try again when one has ended")
                    .header("Retry-After", "30")
                    .exception();
              }
              running++;
              return new DeviceImport(vertx, devices, labels, call, firstLine, maxErrors)
                  .run()
                  .onComplete(done -> running--);
            });
  }
}
