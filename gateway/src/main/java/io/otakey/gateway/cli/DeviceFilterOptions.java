package io.otakey.gateway.cli;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** Which devices; every condition must hold. */
final class DeviceFilterOptions {
  @Option(names = "--product", paramLabel = "PRODUCT", description = "May be repeated.")
  private @Nullable List<String> products;

  @Option(
      names = "--status",
      paramLabel = "STATUS",
      description = "expected, active, blocked, revoked or removed; may be repeated.")
  private @Nullable List<String> statuses;

  @Option(names = "--prefix", description = "How the device id begins.")
  private @Nullable String prefix;

  @Option(names = "--min-epoch", paramLabel = "N")
  private @Nullable Long minEpoch;

  @Option(names = "--max-epoch", paramLabel = "N")
  private @Nullable Long maxEpoch;

  @Option(names = "--firmware", description = "Firmware version last reported.")
  private @Nullable String firmware;

  @Option(names = "--connection", paramLabel = "ID", description = "Connection last committed.")
  private @Nullable Integer connection;

  @Option(names = "--not-seen-since", paramLabel = "TIME", description = "Or never seen.")
  private @Nullable String notSeenSince;

  @Option(
      names = "--label",
      paramLabel = "CONDITION",
      description = {
        "NAME=VALUE, NAME!=VALUE, 'NAME in (V,V)', 'NAME notin (V,V)', NAME or '!NAME';",
        "may be repeated: all must hold."
      })
  private @Nullable List<String> labels;

  @Option(
      names = "--group",
      split = ",",
      description = "In this group; may be repeated: in any of them.")
  private @Nullable List<String> groups;

  List<String> products() {
    return products == null ? List.of() : products;
  }

  List<String> query() {
    List<String> query = new ArrayList<>();
    if (products != null) {
      products.forEach(id -> add(query, "product", id));
    }
    if (statuses != null) {
      statuses.forEach(status -> add(query, "status", status));
    }
    add(query, "idPrefix", prefix);
    add(query, "minEpoch", minEpoch);
    add(query, "maxEpoch", maxEpoch);
    add(query, "firmware", firmware);
    add(query, "connectionId", connection);
    add(query, "notSeenSince", notSeenSince);
    if (labels != null) {
      labels.forEach(condition -> add(query, "label", condition));
    }
    if (groups != null) {
      groups.forEach(group -> add(query, "group", group));
    }
    return query;
  }

  static void add(List<String> query, String name, @Nullable Object value) {
    if (value != null) {
      query.add(name + "=" + ApiConnection.escape(value.toString()));
    }
  }
}
