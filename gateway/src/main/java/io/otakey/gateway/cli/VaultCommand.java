package io.otakey.gateway.cli;

import io.otakey.gateway.vault.VaultContents;
import io.otakey.gateway.vault.VaultContents.Entry;
import io.otakey.gateway.vault.VaultContents.Kind;
import io.otakey.gateway.vault.VaultException;
import io.otakey.gateway.vault.VaultFile;
import io.otakey.gateway.vault.VaultShares;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ScopeType;
import picocli.CommandLine.Spec;

/**
 * The root of {@code otakey vault}: works on the vault's file, without a gateway. Prints ids and
 * states and what to do next, never a secret. Exit codes as {@link AdminCommand}.
 */
@Command(
    name = "vault",
    description = "Makes and rotates the secrets of an installation, offline, on the vault's file.",
    mixinStandardHelpOptions = true,
    synopsisSubcommandLabel = "COMMAND")
public final class VaultCommand {
  private static final String SPREAD =
      "Next: back the file up, copy it to every node, 'otakey admin vault reload' on one, then ";

  /** A kind of secret on the command line. */
  enum What {
    ALLOCATION_SECRET(Kind.ALLOCATION_SECRET),
    GATEWAY_KEY(Kind.GATEWAY_KEY);

    private final Kind kind;

    What(Kind kind) {
      this.kind = kind;
    }

    @Override
    public String toString() {
      return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }
  }

  /** What can be retired on the command line. */
  enum Retirable {
    ALLOCATION_SECRET,
    GATEWAY_KEY,
    ROOT_SECRET;

    @Override
    public String toString() {
      return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }
  }

  @Option(
      names = "--file",
      scope = ScopeType.INHERIT,
      paramLabel = "FILE",
      description = "The vault; else OTAKEY_VAULT_FILE, else vault.json in OTAKEY_DATA.")
  private @Nullable Path file;

  @Spec private @Nullable CommandSpec spec;

  private final Map<String, String> environment;

  /** As {@code otakey vault}. */
  public VaultCommand() {
    this(System.getenv());
  }

  /** With an environment of its own, for tests. */
  VaultCommand(Map<String, String> environment) {
    this.environment = Map.copyOf(environment);
  }

  @Command(
      name = "init",
      description = "Make a new vault for a new installation.",
      mixinStandardHelpOptions = true)
  int init() {
    return run(
        () -> {
          if (Files.exists(path())) {
            throw new VaultException(
                path()
                    + " exists already and is not overwritten: every key of every device comes from"
                    + " it. Name another file, or move it away yourself");
          }
          VaultContents made = VaultContents.create();
          VaultFile.write(path(), made);
          print(made);
          say(
              "Next: back the file up now. Whoever has it can derive every key; without it no"
                  + " device can ever be served again.");
        });
  }

  @Command(name = "show", description = "List ids and states.", mixinStandardHelpOptions = true)
  int show() {
    return run(() -> print(VaultFile.read(path())));
  }

  @Command(
      name = "add-root",
      description = "Add a root secret, from which new ids are derived.",
      mixinStandardHelpOptions = true)
  int addRoot() {
    return change(
        VaultContents::withNewRoot,
        SPREAD
            + "'otakey vault add-allocation-secret' and 'add-gateway-key' for ids that come from"
            + " it. What was derived before stays as it is.");
  }

  @Command(
      name = "add-allocation-secret",
      description = "Add an allocation secret; it is accepted, not yet granted from.",
      mixinStandardHelpOptions = true)
  int addAllocationSecret() {
    return add(What.ALLOCATION_SECRET);
  }

  @Command(
      name = "add-gateway-key",
      description = "Add a gateway key pair; it is accepted, not yet first in bundles.",
      mixinStandardHelpOptions = true)
  int addGatewayKey() {
    return add(What.GATEWAY_KEY);
  }

  @Command(
      name = "activate",
      description = "Grant from this id, after every node and the backup have it.",
      mixinStandardHelpOptions = true)
  int activate(
      @Parameters(paramLabel = "WHAT", description = "${COMPLETION-CANDIDATES}") What what,
      @Parameters(paramLabel = "ID") int id) {
    return change(
        vault -> vault.withGranting(what.kind, id),
        "Next: back the file up, copy it to every node and 'otakey admin vault reload' on one."
            + " The id before it stays accepted.");
  }

  @Command(
      name = "retire",
      description =
          "Recognise nothing of this id any more, for good. 'otakey admin vault usage' counts what"
              + " would be lost.",
      mixinStandardHelpOptions = true)
  int retire(
      @Parameters(paramLabel = "WHAT", description = "${COMPLETION-CANDIDATES}") Retirable what,
      @Parameters(paramLabel = "ID") int id,
      @Option(
              names = "--no-device-needs-it",
              description = "You made sure that no device holds a key of this id.")
          boolean sure) {
    return run(
        () -> {
          if (!sure) {
            throw new VaultException(lossOf(what, id));
          }
          VaultContents vault = VaultFile.read(path());
          write(
              switch (what) {
                case ALLOCATION_SECRET -> vault.withRetired(Kind.ALLOCATION_SECRET, id);
                case GATEWAY_KEY -> vault.withRetired(Kind.GATEWAY_KEY, id);
                case ROOT_SECRET -> vault.withoutRoot(id);
              });
          say(
              "Next: back the file up, copy it to every node and 'otakey admin vault reload' on one.");
        });
  }

  @Command(
      name = "export",
      description =
          "Back the vault up in several hands: so many of the shares restore it, fewer are worth"
              + " nothing.",
      mixinStandardHelpOptions = true)
  int export(
      @Option(names = "--shares", required = true, description = "How many, up to 32.") int shares,
      @Option(
              names = "--threshold",
              required = true,
              description = "How many of them restore the vault, at least 2.")
          int threshold,
      @Option(
              names = "--output",
              required = true,
              paramLabel = "FOLDER",
              description = "Where vault-share-N.json go; none may exist.")
          Path folder) {
    return run(
        () -> {
          List<String> documents = VaultShares.split(VaultFile.read(path()), threshold, shares);
          for (int i = 0; i < shares; i++) {
            requireFree(shareFile(folder, i));
          }
          for (int i = 0; i < shares; i++) {
            VaultFile.writePrivately(shareFile(folder, i), documents.get(i));
          }
          say(
              shares
                  + " shares are in "
                  + folder
                  + ". Next: give each to another person or place, delete them here, and try"
                  + " 'otakey vault restore' with "
                  + threshold
                  + " of them. Export again after every change of the vault.");
        });
  }

  @Command(
      name = "restore",
      description = "Make the vault's file again from shares.",
      mixinStandardHelpOptions = true)
  int restore(@Parameters(paramLabel = "SHARE", arity = "1..*") List<Path> shares) {
    return run(
        () -> {
          requireFree(path());
          Map<String, String> documents = new LinkedHashMap<>();
          for (Path share : shares) {
            try {
              documents.put(share.toString(), Files.readString(share));
            } catch (IOException e) {
              throw new VaultException("share " + share + " cannot be read: " + e.getMessage(), e);
            }
          }
          VaultContents restored = VaultShares.combine(documents);
          VaultFile.write(path(), restored);
          print(restored);
        });
  }

  private static Path shareFile(Path folder, int index) {
    return folder.resolve("vault-share-" + (index + 1) + ".json");
  }

  private static void requireFree(Path file) {
    if (Files.exists(file)) {
      throw new VaultException(
          file + " exists already and is not overwritten: name another place, or move it away");
    }
  }

  private static String lossOf(Retirable what, int id) {
    return switch (what) {
      case ALLOCATION_SECRET ->
          "a device whose key came from allocation secret "
              + id
              + " could never be served again: let all devices rotate first ('otakey admin vault"
              + " usage' counts those that did not), then give --no-device-needs-it";
      case ROOT_SECRET ->
          "product keys from root secret "
              + id
              + " could enroll no device any more: give those products keys from a newer root"
              + " first ('otakey admin vault usage' counts them), then give"
              + " --no-device-needs-it";
      case GATEWAY_KEY ->
          "firmware that knows only gateway key "
              + id
              + " could neither enroll nor rotate again: bring newer firmware to all devices first,"
              + " then give --no-device-needs-it";
    };
  }

  private int add(What what) {
    return change(
        vault -> vault.withNew(what.kind),
        SPREAD + "'otakey vault activate " + what + " ID' with the new id.");
  }

  private int change(UnaryOperator<VaultContents> change, String next) {
    return run(
        () -> {
          write(change.apply(VaultFile.read(path())));
          say(next);
        });
  }

  private void write(VaultContents contents) {
    VaultFile.write(path(), contents);
    print(contents);
  }

  private void print(VaultContents contents) {
    Table table = new Table("WHAT", "ID", "ROOT", "STATE");
    table.row("installation", contents.installationId().toString(), "", "");
    contents
        .roots()
        .forEach(root -> table.row("root secret", Integer.toString(root.version()), "", "held"));
    for (Kind kind : List.of(Kind.ALLOCATION_SECRET, Kind.GATEWAY_KEY)) {
      for (Entry entry : contents.entries(kind)) {
        table.row(
            kind.label(),
            Integer.toString(entry.id()),
            Integer.toString(entry.rootVersion()),
            entry.state().name().toLowerCase(Locale.ROOT));
      }
    }
    table.print(line().getOut());
    line().getOut().flush();
  }

  private void say(String text) {
    line().getOut().println(text);
    line().getOut().flush();
  }

  private int run(Runnable action) {
    try {
      action.run();
      return 0;
    } catch (VaultException e) {
      line().getErr().println(line().getColorScheme().errorText(String.valueOf(e.getMessage())));
      line().getErr().flush();
      return 1;
    }
  }

  private Path path() {
    return Optional.ofNullable(file)
        .or(() -> Optional.ofNullable(environment.get("OTAKEY_VAULT_FILE")).map(Path::of))
        .orElseGet(
            () -> Path.of(environment.getOrDefault("OTAKEY_DATA", "var/otakey"), "vault.json"));
  }

  private CommandLine line() {
    return Objects.requireNonNull(spec).commandLine();
  }
}
