package io.otakey.gateway.registry.pg;

import io.otakey.gateway.registry.Decision;
import io.otakey.protocol.wire.DeviceRef;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.Tuple;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collector;

/** Decides batches of questions by one statement each. */
final class DecideWork implements SqlWork<Ask, Decided> {
  /** How a batch's statement is run. */
  interface Statement {
    /**
     * Runs the statement and waits until what it wrote is durable.
     *
     * @param products the batch's products, each once
     */
    Future<?> run(Tuple inputs, String[] products, Collector<Row, ?, ?> results);
  }

  /** Every node asks in the same order, so that they wait for each other in the same order. */
  private static final Comparator<Slot> BY_DEVICE = (a, b) -> byKey(a.ask.ref(), b.ask.ref());

  private record Slot(Ask ask, int index) {}

  private final Statement statement;

  DecideWork(Statement statement) {
    this.statement = statement;
  }

  @Override
  public Future<List<Optional<Decided>>> run(List<Ask> asks) {
    List<Slot> slots = firstOfEachDevice(asks);
    int size = slots.size();
    String[] productIds = new String[size];
    String[] deviceIds = new String[size];
    Long[] epochs = new Long[size];
    Buffer[] tokens = new Buffer[size];
    Short[] asked = new Short[size];
    Integer[] abandoned = new Integer[size];
    Short[] reasons = new Short[size];
    List<String> products = new ArrayList<>();
    for (int i = 0; i < size; i++) {
      Ask ask = slots.get(i).ask;
      DeviceRef ref = ask.ref();
      productIds[i] = ref.productId();
      deviceIds[i] = ref.deviceId();
      epochs[i] = ask.use().key().epoch();
      tokens[i] = Buffer.buffer(ask.use().key().token().toBytes());
      asked[i] = DecisionSql.code(ask.asked());
      abandoned[i] = ask.abandoned().isPresent() ? ask.abandoned().getAsInt() : null;
      reasons[i] = (short) ask.reason();
      if (i == 0 || !ref.productId().equals(productIds[i - 1])) {
        products.add(ref.productId());
      }
    }
    String[] each = products.toArray(String[]::new);
    Tuple inputs =
        Tuple.tuple()
            .addArrayOfString(productIds)
            .addArrayOfString(deviceIds)
            .addArrayOfLong(epochs)
            .addArrayOfBuffer(tokens)
            .addArrayOfShort(asked)
            .addArrayOfInteger(abandoned)
            .addArrayOfString(each)
            .addArrayOfShort(reasons);
    List<Optional<Decided>> outcomes = unanswered(asks.size());
    return statement.run(inputs, each, into(slots, outcomes)).map(done -> outcomes);
  }

  /** The order in which whoever writes several devices locks them: that of the table's keys. */
  static int byKey(DeviceRef left, DeviceRef right) {
    int byProduct = left.productId().compareTo(right.productId());
    return byProduct != 0 ? byProduct : left.deviceId().compareTo(right.deviceId());
  }

  /** A second question about one device is asked again, when the first one is answered. */
  private static List<Slot> firstOfEachDevice(List<Ask> asks) {
    List<Slot> sorted = new ArrayList<>(asks.size());
    for (int i = 0; i < asks.size(); i++) {
      sorted.add(new Slot(asks.get(i), i));
    }
    sorted.sort(BY_DEVICE);
    List<Slot> first = new ArrayList<>(sorted.size());
    for (Slot slot : sorted) {
      if (first.isEmpty() || !first.get(first.size() - 1).ask.ref().equals(slot.ask.ref())) {
        first.add(slot);
      }
    }
    return first;
  }

  private static List<Optional<Decided>> unanswered(int size) {
    List<Optional<Decided>> outcomes = new ArrayList<>(size);
    for (int i = 0; i < size; i++) {
      outcomes.add(Optional.empty());
    }
    return outcomes;
  }

  private static Collector<Row, ?, List<Optional<Decided>>> into(
      List<Slot> slots, List<Optional<Decided>> outcomes) {
    return Collector.of(
        () -> outcomes,
        (all, row) -> {
          int outcome = row.getInteger(1);
          if (outcome != DecisionSql.AGAIN) {
            int index = slots.get(row.getInteger(0) - 1).index;
            all.set(index, Optional.of(new Decided(decision(row), outcome == DecisionSql.COUNT)));
          }
        },
        (a, b) -> {
          throw new UnsupportedOperationException("rows come one after the other");
        });
  }

  private static Decision decision(Row row) {
    return new Decision(
        DecisionSql.verdict(row.getInteger(2)),
        Rows.deviceRow(row, 3),
        row.getInteger(10),
        row.getBoolean(11),
        Rows.wanted(row, 12));
  }
}
