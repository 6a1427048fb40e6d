package io.otakey.gateway.admin;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.otakey.gateway.registry.DeviceAdministration;
import io.otakey.gateway.registry.ProductCount;
import io.otakey.protocol.key.RowStatus;
import io.vertx.core.Future;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * The fleet in numbers. A count is for all who ask while it runs and rests after it, so that
 * however many pages look at a large fleet, this node counts for a fiftieth of the time at most.
 * Event loop only.
 */
final class FleetEndpoint {
  private static final long LEAST_REST = TimeUnit.SECONDS.toNanos(2);

  /** Times as long as a count took is rested after it. */
  private static final int REST = 49;

  private final DeviceAdministration devices;
  private @Nullable Future<Counted> latest;
  private long due;

  FleetEndpoint(DeviceAdministration devices) {
    this.devices = devices;
  }

  void addTo(Map<String, Endpoint> endpoints) {
    endpoints.put("countFleet", this::count);
  }

  private record Counted(Instant at, List<ProductCount> products) {}

  private Future<Reply> count(Call call) {
    return counted().map(counted -> Reply.json(write(counted, call.caller())));
  }

  private Future<Counted> counted() {
    Future<Counted> known = latest;
    if (known != null && (!known.isComplete() || (known.succeeded() && isFresh()))) {
      return known;
    }
    long begun = System.nanoTime();
    Future<Counted> counting =
        devices
            .count()
            .map(
                products -> {
                  long ended = System.nanoTime();
                  due = ended + Math.max(LEAST_REST, REST * (ended - begun));
                  return new Counted(Instant.now(), products);
                });
    latest = counting;
    return counting;
  }

  private boolean isFresh() {
    return System.nanoTime() - due < 0;
  }

  private static ObjectNode write(Counted counted, Caller caller) {
    ObjectNode json = Json.object().put("countedAt", counted.at().toString());
    ArrayNode array = json.putArray("products");
    counted.products().stream()
        .filter(product -> caller.sees(product.productId()))
        .forEach(product -> array.add(write(product)));
    return json;
  }

  private static ObjectNode write(ProductCount product) {
    ObjectNode json = Json.object().put("productId", product.productId());
    ObjectNode devices = json.putObject("devices");
    for (RowStatus status : RowStatus.values()) {
      if (status != RowStatus.NONE) {
        devices.put(Names.of(status), product.byStatus().getOrDefault(status, 0L));
      }
    }
    return json.put("asked", product.asked());
  }
}
