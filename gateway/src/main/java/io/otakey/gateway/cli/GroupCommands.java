package io.otakey.gateway.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code otakey admin groups}: labels whose names begin with {@code group/}. */
@Command(
    name = "groups",
    description = "Groups of devices: a group is the label group/NAME.",
    mixinStandardHelpOptions = true,
    synopsisSubcommandLabel = "COMMAND")
final class GroupCommands extends AdminGroup {
  @Command(
      name = "list",
      description = "Groups, and how many devices are in them.",
      mixinStandardHelpOptions = true)
  int list(
      @Option(names = "--product", paramLabel = "PRODUCT", description = "May be repeated.")
          @Nullable List<String> products,
      @Option(names = "--limit", defaultValue = "100", description = "At most 1000.") int limit,
      @Option(names = "--after", paramLabel = "LABEL", description = "The next page.")
          @Nullable String after) {
    return call(
        session -> {
          JsonNode answer = LabelChanges.page(session, products, LabelChanges.GROUP, limit, after);
          Table table = new Table("GROUP", "DEVICES");
          for (JsonNode label : answer.path("labels")) {
            table.row(
                label.path("key").asText().substring(LabelChanges.GROUP.length()),
                label.path("devices").asText());
          }
          return session.output().showPage(answer, table, "--after");
        });
  }

  @Command(
      name = "add",
      description = "Put devices into a group; there is it once a device is in it.",
      mixinStandardHelpOptions = true)
  int add(
      @Parameters(paramLabel = "GROUP") String group,
      @Mixin DeviceFilterOptions filter,
      @Mixin NamedDevices named) {
    ObjectNode change = ApiConnection.JSON.createObjectNode();
    change.putObject("set").put(LabelChanges.GROUP + group, "");
    return LabelChanges.run(this, change, filter, named);
  }

  @Command(
      name = "remove",
      description = "Take devices out of a group.",
      mixinStandardHelpOptions = true)
  int remove(
      @Parameters(paramLabel = "GROUP") String group,
      @Mixin DeviceFilterOptions filter,
      @Mixin NamedDevices named) {
    ObjectNode change = ApiConnection.JSON.createObjectNode();
    change.putArray("remove").add(LabelChanges.GROUP + group);
    return LabelChanges.run(this, change, filter, named);
  }
}
