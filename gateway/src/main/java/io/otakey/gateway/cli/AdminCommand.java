package io.otakey.gateway.cli;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ScopeType;
import picocli.CommandLine.Spec;

/**
 * The root of {@code otakey admin}. Exit code 0 is success, 1 a refusal or failure with a message
 * on the standard error, 2 a wrong command line.
 */
@Command(
    name = "admin",
    description = "Administers a running gateway through its administration API.",
    mixinStandardHelpOptions = true,
    synopsisSubcommandLabel = "COMMAND",
    footer = {
      "",
      "The token comes from --token-file, OTAKEY_TOKEN or OTAKEY_TOKEN_FILE, never",
      "from the command line itself.",
      "Exit code: 0 done, 1 refused or failed, 2 wrong command line."
    })
public final class AdminCommand implements CommandTree.Parent {
  /** What a subcommand does with the API. */
  @FunctionalInterface
  interface Action {
    int run(Session session) throws IOException;
  }

  private static final List<Class<?>> GROUPS =
      List.of(
          ProductCommands.class,
          DeviceCommands.class,
          LabelCommands.class,
          GroupCommands.class,
          CampaignCommands.class,
          ConnectionCommands.class,
          PlatformCommands.class,
          ConfigCommands.class,
          TokenCommands.class,
          AuditCommand.class,
          EventsCommand.class,
          WebhookCommands.class,
          RecoveryCommands.class,
          JournalCommands.class,
          VaultStatusCommands.class);
  private static final String DEFAULT_URL = "http://127.0.0.1:8081";

  @Option(
      names = "--url",
      scope = ScopeType.INHERIT,
      paramLabel = "URL",
      description = "The API's address; else OTAKEY_URL, else " + DEFAULT_URL + ".")
  private @Nullable String url;

  @Option(
      names = "--token-file",
      scope = ScopeType.INHERIT,
      paramLabel = "FILE",
      description = "File that holds the token.")
  private @Nullable Path tokenFile;

  @Option(
      names = "--ca",
      scope = ScopeType.INHERIT,
      paramLabel = "FILE",
      description = "PEM file with the authority of the API's certificate; else OTAKEY_CA.")
  private @Nullable Path authority;

  @Option(
      names = "--client-cert",
      scope = ScopeType.INHERIT,
      paramLabel = "FILE",
      description =
          "PEM chain to show where admin.tls.clientCa asks for one; else OTAKEY_CLIENT_CERT.")
  private @Nullable Path clientCertificate;

  @Option(
      names = "--client-key",
      scope = ScopeType.INHERIT,
      paramLabel = "FILE",
      description = "PEM private key of --client-cert; else OTAKEY_CLIENT_KEY.")
  private @Nullable Path clientKey;

  @Option(
      names = "--json",
      scope = ScopeType.INHERIT,
      description = "Print the API's JSON instead of tables.")
  private boolean json;

  @Spec private @Nullable CommandSpec spec;

  private final Map<String, String> environment;

  /** As {@code otakey admin}. */
  public AdminCommand() {
    this(System.getenv());
  }

  /** With an environment of its own, for tests. */
  public AdminCommand(Map<String, String> environment) {
    this.environment = Map.copyOf(environment);
  }

  @Override
  public List<Class<?>> subcommands() {
    return GROUPS;
  }

  /** Runs an action; every failure becomes a message and exit code 1. */
  int run(Action action) {
    CommandLine line = Objects.requireNonNull(spec).commandLine();
    try {
      return action.run(session(line));
    } catch (CommandException e) {
      line.getErr().println(line.getColorScheme().errorText(String.valueOf(e.getMessage())));
    } catch (IOException e) {
      line.getErr()
          .println(line.getColorScheme().errorText("input or output failed: " + e.getMessage()));
    }
    line.getErr().flush();
    return 1;
  }

  /** A message about a wrong command line: exit code 2. */
  static CommandLine.ParameterException usage(CommandSpec of, String message) {
    return new CommandLine.ParameterException(of.commandLine(), message);
  }

  private Session session(CommandLine line) throws IOException {
    String address =
        Optional.ofNullable(url)
            .or(() -> Optional.ofNullable(environment.get("OTAKEY_URL")))
            .orElse(DEFAULT_URL);
    ApiConnection connection =
        new ApiConnection(
            address,
            Token.find(Optional.ofNullable(tokenFile), environment),
            ClientTls.of(
                file(authority, "OTAKEY_CA"),
                file(clientCertificate, "OTAKEY_CLIENT_CERT"),
                file(clientKey, "OTAKEY_CLIENT_KEY")));
    return new Session(connection, new Output(line.getOut(), line.getErr(), json));
  }

  private Optional<Path> file(@Nullable Path option, String variable) {
    return Optional.ofNullable(option)
        .or(() -> Optional.ofNullable(environment.get(variable)).map(Path::of));
  }
}
