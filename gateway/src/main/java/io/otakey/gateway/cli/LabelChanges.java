package io.otakey.gateway.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What commands on labels and on groups share. */
final class LabelChanges {
  /** How the labels begin that are groups. */
  static final String GROUP = "group/";

  private LabelChanges() {}

  /** Labels in use. */
  static JsonNode page(
      Session session,
      @Nullable List<String> products,
      @Nullable String prefix,
      int limit,
      @Nullable String after)
      throws IOException {
    List<String> query = new ArrayList<>(List.of("limit=" + limit));
    if (products != null) {
      products.forEach(id -> DeviceFilterOptions.add(query, "product", id));
    }
    DeviceFilterOptions.add(query, "prefix", prefix);
    DeviceFilterOptions.add(query, "after", after);
    return session.api().get("/labels?" + String.join("&", query));
  }

  /** Changes labels of the devices that are meant; they have to be said. */
  static int run(
      AdminGroup command, ObjectNode change, DeviceFilterOptions filter, NamedDevices named) {
    List<String> query = filter.query();
    List<String> products = filter.products();
    if (named.given() && (query.size() != 1 || products.size() != 1 || named.all())) {
      throw AdminCommand.usage(
          command.spec(),
          "--device and --list go with exactly one --product, and with no other condition");
    }
    if (!named.given() && query.isEmpty() != named.all()) {
      throw AdminCommand.usage(
          command.spec(), "say which devices: by conditions, --device or --list; or --all, alone");
    }
    return command.call(
        session -> {
          LabelRun run = new LabelRun(session, change);
          return named.given() ? run.named(products.get(0), named.ids()) : run.found(query);
        });
  }
}
