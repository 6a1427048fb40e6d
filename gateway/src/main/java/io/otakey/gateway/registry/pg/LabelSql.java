package io.otakey.gateway.registry.pg;

import io.otakey.gateway.registry.LabelFilter;
import io.otakey.gateway.registry.LabelFilter.Condition;
import io.otakey.gateway.registry.Labels;
import io.vertx.sqlclient.Tuple;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** Statements on labels, and conditions on the labels of a row {@code d} of device. */
final class LabelSql {
  /** Of the row {@code d}, each as name=value. */
  static final String OF_DEVICE =
      """
      array(select l.key || '=' || l.value from device_label l
        where l.product_id = d.product_id and l.device_id = d.device_id)""";

  /** A removed device has none. As other actions of operators do, it waits for them. */
  static final String LOCK =
      """
      select device_id from device where product_id = $1 and device_id = any($2) and status <> 5
      order by device_id for update
      """;

  static final String READ =
      """
      select device_id, key, value from device_label
      where product_id = $1 and device_id = any($2)
      """;

  /** $2, $3: pairs of device and name. */
  static final String DELETE =
      """
      delete from device_label l using unnest($2::text[], $3::text[]) as g(device_id, key)
      where l.product_id = $1 and l.device_id = g.device_id and l.key = g.key
      """;

  static final String WRITE =
      """
      insert into device_label (product_id, device_id, key, value)
      select $1, g.device_id, g.key, g.value
      from unnest($2::text[], $3::text[], $4::text[]) as g(device_id, key, value)
      on conflict (product_id, device_id, key) do update set value = excluded.value
      """;

  /** Under the locks of the devices' rows, so that times rise as changes follow each other. */
  static final String STAMP =
      """
      insert into device_labeled as s (product_id, device_id, at)
      select $1, g.device_id, date_trunc('milliseconds', clock_timestamp())
      from unnest($2::text[]) as g(device_id)
      on conflict (product_id, device_id) do update
        set at = greatest(excluded.at, s.at + interval '1 millisecond')
      returning device_id, at
      """;

  static final String COUNTS =
      """
      select key, value, count(*) from device_label
      where (cardinality($1::text[]) = 0 or product_id = any($1)) and key ^@ $2
        and (key, value) > ($3, $4)
      group by key, value order by key, value limit $5
      """;

  private static final String HAS =
      "exists (select from device_label l where l.product_id = d.product_id"
          + " and l.device_id = d.device_id and l.key ";

  private LabelSql() {}

  /** Adds what a row {@code d} of device must meet. */
  static void conditions(LabelFilter filter, List<String> conditions, Tuple values) {
    filter.conditions().forEach(condition -> conditions.add(condition(condition, values)));
    if (!filter.groups().isEmpty()) {
      String[] keys =
          filter.groups().stream().map(name -> Labels.GROUP + name).toArray(String[]::new);
      values.addArrayOfString(keys);
      conditions.add(HAS + "= any($" + values.size() + "::text[]))");
    }
  }

  private static String condition(Condition condition, Tuple values) {
    values.addString(condition.key());
    String has = HAS + "= $" + values.size() + "::text";
    return switch (condition.kind()) {
      case PRESENT -> has + ")";
      case ABSENT -> "not " + has + ")";
      case IN -> has + valued(condition, values);
      case NOT_IN -> "not " + has + valued(condition, values);
    };
  }

  private static String valued(Condition condition, Tuple values) {
    values.addArrayOfString(condition.values().toArray(String[]::new));
    return " and l.value = any($" + values.size() + "::text[]))";
  }

  /** What {@link #OF_DEVICE} gave. */
  static Map<String, String> labels(String[] texts) {
    Map<String, String> labels = new TreeMap<>();
    for (String text : texts) {
      int equals = text.indexOf('=');
      labels.put(text.substring(0, equals), text.substring(equals + 1));
    }
    return labels;
  }
}
