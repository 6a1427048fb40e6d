package io.otakey.gateway.registry.pg;

import io.otakey.gateway.census.Reading;
import io.otakey.gateway.metric.Label;
import io.otakey.gateway.metric.Metric;
import io.vertx.sqlclient.Row;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Devices by product, from the groups of {@link CensusSql#DEVICES}. */
final class FleetTally {
  private final Map<String, OfProduct> products = new HashMap<>();

  /** Devices of one product; ages by the number of their span, 0 the oldest. */
  private static final class OfProduct {
    private final long[] byState = new long[Label.DEVICE_STATE.most()];
    private final long[] byKeyAge = new long[Label.KEY_AGE.most()];
    private final long[] bySilence = new long[Label.SILENCE.most()];
    private long asked;

    long devices() {
      long devices = 0;
      for (long some : byState) {
        devices += some;
      }
      return devices;
    }

    void add(OfProduct other) {
      add(byState, other.byState);
      add(byKeyAge, other.byKeyAge);
      add(bySilence, other.bySilence);
      asked += other.asked;
    }

    private static void add(long[] to, long[] what) {
      for (int i = 0; i < to.length; i++) {
        to[i] += what[i];
      }
    }
  }

  private FleetTally() {}

  /** Of all rows. */
  static FleetTally of(Iterable<Row> rows) {
    FleetTally tally = new FleetTally();
    rows.forEach(tally::add);
    return tally;
  }

  private void add(Row row) {
    OfProduct product = products.computeIfAbsent(row.getString(0), id -> new OfProduct());
    long devices = row.getLong(5);
    product.byState[row.getInteger(1) - 1] += devices;
    if (row.getInteger(2) != null) {
      product.byKeyAge[row.getInteger(2)] += devices;
    }
    if (row.getInteger(3) != null) {
      product.bySilence[row.getInteger(3)] += devices;
    }
    if (row.getBoolean(4)) {
      product.asked += devices;
    }
  }

  /** Products with most devices each, all others together. */
  List<Reading> readings() {
    List<String> ids =
        products.keySet().stream()
            .sorted(
                Comparator.comparingLong((String id) -> -of(id).devices())
                    .thenComparing(Comparator.naturalOrder()))
            .toList();
    List<Reading> readings = new ArrayList<>();
    int named = Math.min(ids.size(), Label.PRODUCT.most());
    ids.subList(0, named).forEach(id -> tell(id, of(id), readings));
    if (named < ids.size()) {
      OfProduct others = new OfProduct();
      ids.subList(named, ids.size()).forEach(id -> others.add(of(id)));
      tell(Label.OTHER, others, readings);
    }
    return readings;
  }

  private OfProduct of(String id) {
    return products.computeIfAbsent(id, none -> new OfProduct());
  }

  private static void tell(String id, OfProduct product, List<Reading> readings) {
    for (int i = 0; i < product.byState.length; i++) {
      List<String> labels = List.of(id, Label.DEVICE_STATE.listed().get(i));
      readings.add(new Reading(Metric.DEVICES, product.byState[i], labels));
    }
    readings.add(new Reading(Metric.DEVICES_ASKED, product.asked, List.of(id)));
    tell(id, Metric.KEY_AGE, Label.KEY_AGE, product.byKeyAge, readings);
    tell(id, Metric.SILENCE, Label.SILENCE, product.bySilence, readings);
  }

  /** As a histogram has it: up to each bound, the youngest first. */
  private static void tell(
      String id, Metric metric, Label bounds, long[] byAge, List<Reading> readings) {
    long upTo = 0;
    for (int i = 0; i < byAge.length; i++) {
      upTo += byAge[byAge.length - 1 - i];
      readings.add(new Reading(metric, upTo, List.of(id, bounds.listed().get(i))));
    }
  }
}
