package io.otakey.gateway.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** One walk along the audit log's chain: page by page, in constant memory. */
final class AuditCheck {
  private static final int PAGE = 1000;

  private final Session session;
  private final Optional<String> known;
  private long links;
  private long entries;
  private long unsealed;

  /**
   * @param known a place that was kept elsewhere, as HEX:N
   */
  AuditCheck(Session session, Optional<String> known) {
    this.session = session;
    this.known = known;
  }

  int run() throws IOException {
    String place = "";
    JsonNode page = ask(place, 0);
    compareStart(page);
    while (take(page)) {
      place = page.path("next").asText();
      page = ask(place, position(place));
    }
    return tell(page);
  }

  /** A page ends just at the known place, so that its hash can be compared. */
  private JsonNode ask(String after, long from) throws IOException {
    long left = knownPosition() - from;
    long limit = left > 0 ? Math.min(PAGE, left) : PAGE;
    String path = "/audit/verification?limit=" + limit;
    return session
        .api()
        .get(after.isEmpty() ? path : path + "&after=" + ApiConnection.escape(after));
  }

  /** Whether there is more. */
  private boolean take(JsonNode page) {
    String to = page.path("to").asText();
    links += position(to) - page.path("from").asLong();
    entries += page.path("entries").asLong();
    unsealed += page.path("unsealed").asLong();
    if (page.has("fault")) {
      throw broken(page.path("fault"));
    }
    if (known.isPresent() && position(to) == knownPosition() && !known.get().equals(to)) {
      throw new CommandException(
          "the audit log is broken: at position "
              + position(to)
              + " the head is not the one that was kept. The chain before it was replaced, or the"
              + " head is of another installation or of before a restored backup");
    }
    return !page.path("next").isNull();
  }

  private void compareStart(JsonNode page) {
    long start = page.path("start").asLong();
    if (known.isPresent() && knownPosition() < start) {
      throw new CommandException(
          "the head that was kept is of position "
              + knownPosition()
              + ", and the log begins behind "
              + start
              + " by now: entries before are gone by retention. Check without it, and keep the"
              + " newer one");
    }
  }

  private int tell(JsonNode last) {
    String head = last.path("head").asText();
    if (known.isPresent() && knownPosition() > position(head)) {
      throw new CommandException(
          "the audit log is broken: it was cut. It ends at position "
              + position(head)
              + ", and the head that was kept is of "
              + knownPosition()
              + ". Unless a backup was restored, somebody removed what is between");
    }
    if (session.output().json()) {
      return session
          .output()
          .show(
              ((ObjectNode) last)
                  .put("links", links)
                  .put("entries", entries)
                  .put("unsealed", unsealed));
    }
    Table table = new Table("THE AUDIT LOG HOLDS", "");
    table.row("links", Long.toString(links));
    table.row("entries", Long.toString(entries));
    table.row("gone by retention", Long.toString(links - entries));
    table.row("not sealed, from the upgrade", Long.toString(unsealed));
    table.row("waiting for a link", last.path("waiting").asText());
    table.row("begun", last.path("bornAt").asText());
    table.row("head", head);
    return session.output().show(last, table);
  }

  private static CommandException broken(JsonNode fault) {
    String where =
        Stream.of("position", "entry")
            .filter(fault::has)
            .map(name -> name + " " + fault.path(name).asText())
            .collect(Collectors.joining(", "));
    return new CommandException(
        "the audit log is broken"
            + (where.isEmpty() ? "" : " at " + where)
            + ": "
            + fault.path("why").asText());
  }

  private long knownPosition() {
    return known.map(AuditCheck::position).orElse(0L);
  }

  private static long position(String place) {
    return Long.parseLong(place.substring(place.indexOf(':') + 1));
  }
}
