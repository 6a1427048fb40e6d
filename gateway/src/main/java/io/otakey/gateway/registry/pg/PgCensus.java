package io.otakey.gateway.registry.pg;

import io.otakey.gateway.census.CensusLedger;
import io.otakey.gateway.census.Reading;
import io.otakey.gateway.metric.Metric;
import io.vertx.core.Future;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.RowSet;
import io.vertx.sqlclient.SqlConnection;
import java.util.ArrayList;
import java.util.List;

/** Counts the fleet in PostgreSQL. One count at a time. */
final class PgCensus extends PgDutyLedger implements CensusLedger {
  private long hits;
  private long reads;

  PgCensus(Admin admin) {
    super(admin, "census", "true");
  }

  @Override
  public Future<List<Reading>> count() {
    List<Reading> readings = new ArrayList<>();
    return admin.change(
        client ->
            client
                .query(CensusSql.CALMLY)
                .execute()
                .compose(calm -> client.query(CensusSql.DEVICES).execute())
                .map(rows -> readings.addAll(FleetTally.of(rows).readings()))
                .compose(counted -> client.query(CensusSql.BLOCKS).execute())
                .map(rows -> readings.add(cacheHits(rows.iterator().next())))
                .compose(counted -> ask(client, CensusSql.QUESTIONS, readings)));
  }

  private static Future<List<Reading>> ask(
      SqlConnection client, List<CensusSql.Question> left, List<Reading> readings) {
    if (left.isEmpty()) {
      return Future.succeededFuture(readings);
    }
    Metric metric = left.get(0).metric();
    return client
        .query(left.get(0).sql())
        .execute()
        .compose(
            rows -> {
              readings.addAll(readings(metric, rows));
              return ask(client, left.subList(1, left.size()), readings);
            });
  }

  private static List<Reading> readings(Metric metric, RowSet<Row> rows) {
    int labels = metric.labels().size();
    List<Reading> readings = new ArrayList<>();
    for (Row row : rows) {
      List<String> values = new ArrayList<>();
      for (int i = 0; i < labels; i++) {
        values.add(row.getString(i));
      }
      readings.add(new Reading(metric, row.getDouble(labels), values));
    }
    return readings;
  }

  /** Since the last look; nothing was read: everything was found. */
  private Reading cacheHits(Row row) {
    long found = row.getLong(0) - hits;
    long missed = row.getLong(1) - reads;
    hits = row.getLong(0);
    reads = row.getLong(1);
    double share = found + missed <= 0 ? 1 : found / (double) (found + missed);
    return new Reading(Metric.DATABASE_CACHE_HITS, share, List.of());
  }
}
