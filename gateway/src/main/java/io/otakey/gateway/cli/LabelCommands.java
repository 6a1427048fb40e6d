package io.otakey.gateway.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code otakey admin labels}. */
@Command(
    name = "labels",
    description = "What devices are labeled with.",
    mixinStandardHelpOptions = true,
    synopsisSubcommandLabel = "COMMAND")
final class LabelCommands extends AdminGroup {
  @Command(
      name = "list",
      description = "Labels in use, and how many devices have them.",
      mixinStandardHelpOptions = true)
  int list(
      @Option(names = "--product", paramLabel = "PRODUCT", description = "May be repeated.")
          @Nullable List<String> products,
      @Option(names = "--prefix", description = "How the name begins.") @Nullable String prefix,
      @Option(names = "--limit", defaultValue = "100", description = "At most 1000.") int limit,
      @Option(names = "--after", paramLabel = "LABEL", description = "The next page.")
          @Nullable String after) {
    return call(
        session -> {
          JsonNode answer = LabelChanges.page(session, products, prefix, limit, after);
          Table table = new Table("LABEL", "VALUE", "DEVICES");
          for (JsonNode label : answer.path("labels")) {
            table.row(
                label.path("key").asText(),
                label.path("value").asText(),
                label.path("devices").asText());
          }
          return session.output().showPage(answer, table, "--after");
        });
  }

  @Command(
      name = "set",
      description = "Label devices; a label that they have gets this value.",
      mixinStandardHelpOptions = true)
  int set(
      @Parameters(paramLabel = "NAME[=VALUE]", arity = "1..16") List<String> labels,
      @Mixin DeviceFilterOptions filter,
      @Mixin NamedDevices named) {
    ObjectNode change = ApiConnection.JSON.createObjectNode();
    ObjectNode set = change.putObject("set");
    for (String label : labels) {
      int equals = label.indexOf('=');
      String key = equals < 0 ? label : label.substring(0, equals);
      if (set.has(key)) {
        throw AdminCommand.usage(spec(), "'" + key + "' is given twice");
      }
      set.put(key, equals < 0 ? "" : label.substring(equals + 1));
    }
    return LabelChanges.run(this, change, filter, named);
  }

  @Command(
      name = "remove",
      description = "Take labels away from devices.",
      mixinStandardHelpOptions = true)
  int remove(
      @Parameters(paramLabel = "NAME", arity = "1..16") List<String> names,
      @Mixin DeviceFilterOptions filter,
      @Mixin NamedDevices named) {
    ObjectNode change = ApiConnection.JSON.createObjectNode();
    ArrayNode remove = change.putArray("remove");
    names.forEach(remove::add);
    return LabelChanges.run(this, change, filter, named);
  }
}
