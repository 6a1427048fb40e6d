package io.otakey.gateway.cli;

import com.fasterxml.jackson.databind.JsonNode;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code otakey admin vault}: what a running gateway holds. */
@Command(
    name = "vault",
    description = "What the running gateway's vault holds, by id; never a secret.",
    mixinStandardHelpOptions = true,
    synopsisSubcommandLabel = "COMMAND")
final class VaultStatusCommands extends AdminGroup {
  @Command(name = "status", description = "Ids and states.", mixinStandardHelpOptions = true)
  int status() {
    return call(session -> show(session, session.api().get("/vault")));
  }

  @Command(
      name = "usage",
      description = "Count the devices and product keys that need each part, before it is retired.",
      mixinStandardHelpOptions = true)
  int usage() {
    return call(
        session -> {
          JsonNode usage = session.api().get("/vault/usage");
          Table table = new Table("WHAT", "ID", "NEEDED BY");
          for (JsonNode entry : usage.path("allocationSecrets")) {
            table.row(
                "allocation secret",
                entry.path("id").asText(),
                entry.path("devices").asText() + " devices");
          }
          for (JsonNode entry : usage.path("roots")) {
            table.row(
                "root secret",
                entry.path("version").asText(),
                entry.path("productKeys").asText()
                    + " product keys, secrets of "
                    + entry.path("platforms").asText()
                    + " platforms, "
                    + entry.path("webhooks").asText()
                    + " webhooks");
          }
          return session.output().show(usage, table);
        });
  }

  @Command(
      name = "reload",
      description = "Take over the vault's file of this node; other nodes with the same follow.",
      mixinStandardHelpOptions = true)
  int reload(
      @Option(
              names = "--force",
              description = "Even if devices need what it retired: they are given up for good.")
          boolean force) {
    return call(
        session ->
            show(session, session.api().act("/vault/reload" + (force ? "?force=true" : ""))));
  }

  private static int show(Session session, JsonNode vault) {
    Table table = new Table("WHAT", "ID", "ROOT", "STATE");
    table.row(
        "installation",
        vault.path("installationId").asText(),
        "",
        vault.path("inForce").asBoolean() ? "in force" : "not the one in force");
    rows(table, "allocation secret", vault.path("allocationSecrets"));
    rows(table, "gateway key", vault.path("gatewayKeys"));
    return session.output().show(vault, table);
  }

  private static void rows(Table table, String what, JsonNode entries) {
    for (JsonNode entry : entries) {
      table.row(
          what,
          entry.path("id").asText(),
          entry.path("root").asText(),
          entry.path("state").asText());
    }
  }
}
