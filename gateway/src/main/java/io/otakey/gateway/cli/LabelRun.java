package io.otakey.gateway.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.util.List;
import java.util.Locale;

/** One change of labels, sent in parts. */
final class LabelRun {
  private static final int PART = 10_000;
  private static final int PAGE = 1000;

  private final Session session;
  private final ObjectNode change;
  private final ObjectNode total = ApiConnection.JSON.createObjectNode();
  private final ArrayNode unknown;
  private final ArrayNode full;
  private long labeled;
  private long changed;

  /**
   * A change.
   *
   * @param change with what is to be set or removed
   */
  LabelRun(Session session, ObjectNode change) {
    this.session = session;
    this.change = change;
    this.unknown = total.putArray("unknown");
    this.full = total.putArray("full");
  }

  /** To devices that are named. */
  int named(String product, List<String> ids) throws IOException {
    for (int from = 0; from < ids.size(); from += PART) {
      ObjectNode body = change.deepCopy();
      ArrayNode part = body.putArray("deviceIds");
      ids.subList(from, Math.min(ids.size(), from + PART)).forEach(part::add);
      JsonNode done = session.api().send("POST", ProductCommands.path(product) + "/labels", body);
      labeled += done.path("labeled").size();
      changed += done.path("changed").asLong();
      done.path("unknown").forEach(unknown::add);
      done.path("full").forEach(full::add);
    }
    return show();
  }

  /** To those of a filter, page by page; whoever breaks it off may begin anew. */
  int found(List<String> query) throws IOException {
    String path = "/devices/labels?limit=" + PAGE;
    for (String condition : query) {
      path += "&" + condition;
    }
    String after = "";
    do {
      JsonNode done = session.api().send("POST", path + after, change);
      labeled += done.path("labeled").asLong();
      changed += done.path("changed").asLong();
      done.path("full").forEach(full::add);
      JsonNode next = done.path("next");
      after = next.isTextual() ? "&after=" + ApiConnection.escape(next.asText()) : "";
    } while (!after.isEmpty());
    return show();
  }

  private int show() {
    unknown.forEach(id -> session.output().note(id.asText() + ": no such device, or removed"));
    full.forEach(id -> session.output().note(id.asText() + ": has 16 labels, remove one first"));
    total.put("labeled", labeled).put("changed", changed);
    session
        .output()
        .show(
            total,
            String.format(
                Locale.ROOT, "%,d devices are labeled so, %,d of them now", labeled, changed));
    return unknown.isEmpty() && full.isEmpty() ? 0 : 1;
  }
}
