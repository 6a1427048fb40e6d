package io.otakey.gateway.cli;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code otakey admin audit}. */
@Command(
    name = "audit",
    description = "Who changed what, when, from where; newest first.",
    mixinStandardHelpOptions = true)
final class AuditCommand extends AdminGroup implements Callable<Integer> {
  @Option(names = "--product", paramLabel = "PRODUCT")
  private @Nullable List<String> products;

  @Option(names = "--device", paramLabel = "DEVICE")
  private @Nullable String device;

  @Option(names = "--actor", paramLabel = "TOKEN-NAME")
  private @Nullable String actor;

  @Option(names = "--before", paramLabel = "ID", description = "Only older entries.")
  private @Nullable Long before;

  @Option(names = "--limit", defaultValue = "50", description = "Default 50, at most 1000.")
  private int limit;

  @Override
  public Integer call() {
    return call(
        session -> {
          List<String> query = new ArrayList<>();
          query.add("limit=" + limit);
          if (products != null) {
            products.forEach(id -> query.add("product=" + ApiConnection.escape(id)));
          }
          if (device != null) {
            query.add("device=" + ApiConnection.escape(device));
          }
          if (actor != null) {
            query.add("actor=" + ApiConnection.escape(actor));
          }
          if (before != null) {
            query.add("before=" + before);
          }
          JsonNode answer = session.api().get("/audit?" + String.join("&", query));
          return show(session, answer);
        });
  }

  @Command(
      name = "verify",
      description = {
        "Check that no entry was changed, removed, put in or moved, and where the log ends. With a",
        "head that was kept elsewhere, also that nothing was cut off behind it."
      },
      mixinStandardHelpOptions = true)
  int verify(
      @Option(
              names = "--head",
              paramLabel = "HEX:N",
              description = "What an earlier run printed, kept out of the database's reach.")
          @Nullable String head) {
    if (head != null && !head.matches("[0-9a-f]{64}:[0-9]{1,18}")) {
      throw AdminCommand.usage(spec(), "--head must be as an earlier run printed it: HEX:N");
    }
    return call(session -> new AuditCheck(session, Optional.ofNullable(head)).run());
  }

  private static int show(Session session, JsonNode answer) {
    Table table = new Table("AT", "WHO", "FROM", "ACTION", "WHAT", "DETAIL");
    for (JsonNode entry : answer.path("entries")) {
      String what = entry.path("productId").asText();
      table.row(
          entry.path("at").asText(),
          entry.path("actor").asText(),
          entry.path("address").asText(),
          entry.path("action").asText(),
          entry.has("deviceId") ? what + "/" + entry.path("deviceId").asText() : what,
          entry.path("detail").asText());
    }
    return session.output().showPage(answer, table, "--before");
  }
}
