package io.otakey.gateway.cli;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;

/** {@code otakey admin product key}. */
@Command(
    name = "key",
    description = "Versions of a product's key.",
    mixinStandardHelpOptions = true,
    synopsisSubcommandLabel = "COMMAND")
final class KeyCommands {
  @ParentCommand private @Nullable ProductCommands parent;

  @Command(
      name = "add",
      description = "Add a version that the vault derives.",
      mixinStandardHelpOptions = true)
  int add(
      @Parameters(paramLabel = "PRODUCT") String id,
      @Option(names = "--key-version", description = "1 to 255, else the next.")
          @Nullable Integer version) {
    return post(id, version, null);
  }

  @Command(
      name = "import",
      description = "Import a key that is in the field already.",
      mixinStandardHelpOptions = true)
  int importKey(
      @Parameters(paramLabel = "PRODUCT") String id,
      @Option(
              names = "--key-file",
              required = true,
              paramLabel = "FILE",
              description = "File with 64 hex digits, or - for the standard input.")
          Path file,
      @Option(names = "--key-version", description = "1 to 255, else the next.")
          @Nullable Integer version) {
    return post(id, version, file);
  }

  @Command(
      name = "retire",
      description = "Refuse enrollment under a version; enrolled devices go on.",
      mixinStandardHelpOptions = true)
  int retire(
      @Parameters(paramLabel = "PRODUCT") String id,
      @Parameters(paramLabel = "VERSION") int version,
      @Option(names = "--undo", description = "Allow enrollment again.") boolean undo) {
    return Objects.requireNonNull(parent)
        .call(
            session -> {
              ObjectNode body = ApiConnection.JSON.createObjectNode().put("retired", !undo);
              String path = ProductCommands.path(id) + "/keys/" + version;
              return ProductCommands.show(session, session.api().send("PUT", path, body));
            });
  }

  private int post(String id, @Nullable Integer version, @Nullable Path file) {
    return Objects.requireNonNull(parent)
        .call(
            session -> {
              ObjectNode body = ApiConnection.JSON.createObjectNode();
              if (version != null) {
                body.put("version", version);
              }
              if (file != null) {
                byte[] key =
                    file.toString().equals("-")
                        ? System.in.readAllBytes()
                        : Files.readAllBytes(file);
                body.put("key", new String(key, StandardCharsets.US_ASCII).strip());
              }
              String path = ProductCommands.path(id) + "/keys";
              return ProductCommands.show(session, session.api().send("POST", path, body));
            });
  }
}
