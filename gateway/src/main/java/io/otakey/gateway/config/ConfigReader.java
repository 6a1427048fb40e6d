package io.otakey.gateway.config;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import io.otakey.gateway.admin.AdminConfig;
import io.otakey.gateway.campaign.CampaignConfig;
import io.otakey.gateway.census.CensusConfig;
import io.otakey.gateway.config.GatewayConfig.Mode;
import io.otakey.gateway.exchange.ExchangeConfig;
import io.otakey.gateway.platform.PlatformConfig;
import io.otakey.gateway.registry.pg.EmbeddedDatabaseConfig;
import io.otakey.gateway.registry.pg.PgEndpoint;
import io.otakey.gateway.registry.pg.PgTuning;
import io.otakey.gateway.tls.PemFiles;
import io.otakey.gateway.transport.AddressRange;
import io.otakey.gateway.transport.LimitsConfig;
import io.otakey.gateway.transport.hook.HookConfig;
import io.otakey.gateway.transport.http.HttpConfig;
import io.otakey.gateway.transport.mqtt.MqttConfig;
import io.otakey.gateway.vault.VaultConfig;
import io.vertx.pgclient.SslMode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.StringJoiner;

/** Makes the configuration from a YAML file and the environment. */
public final class ConfigReader {
  private final Settings settings;
  private final List<String> found = new ArrayList<>();

  /** The configuration, and every setting with where its value came from. */
  public record Read(GatewayConfig config, String description) {}

  private ConfigReader(Settings settings) {
    this.settings = settings;
  }

  /**
   * Reads a file, if there is one, under the environment.
   *
   * @throws ConfigException with every problem there is
   */
  public static Read read(Optional<Path> file, Map<String, String> environment) {
    Map<String, Object> values = file.map(ConfigReader::load).orElseGet(Map::of);
    Settings settings = new Settings(values, environment);
    ConfigReader reader = new ConfigReader(settings);
    GatewayConfig config = reader.gateway();
    List<String> problems = new ArrayList<>(settings.problems());
    problems.addAll(reader.found);
    ListenerPorts.check(config, problems);
    if (!problems.isEmpty()) {
      throw new ConfigException(problems);
    }
    return new Read(config, describe(settings));
  }

  /** Every setting there is, as it comes out under this environment; for the reference. */
  static List<Settings.Setting> settings(Map<String, String> environment) {
    Settings settings = new Settings(Map.of(), environment);
    ConfigReader reader = new ConfigReader(settings);
    reader.gateway();
    return settings.effective();
  }

  private GatewayConfig gateway() {
    Mode mode =
        settings.choice(
            "mode", Mode.class, Mode.DEVELOPMENT, "development makes what is missing, loudly");
    Path data = settings.path("data", Path.of("var/otakey"), "folder for what the node keeps");
    int eventLoops =
        settings.number("eventLoops", 0, 0, 256, "threads that serve frames, 0 = one per core");
    MqttConfig mqtts = mqtt("mqtts", mode == Mode.DEVELOPMENT, 8883, true);
    HttpConfig https = http("https", mode == Mode.DEVELOPMENT, 8443, true);
    boolean certificateNeeded = mode == Mode.PRODUCTION && (mqtts.enabled() || https.enabled());
    return new GatewayConfig(
        mode,
        data,
        eventLoops,
        vault(mode, data),
        database(data),
        admin(),
        tokenHashes(),
        exchange(),
        limits(),
        TlsSettings.devices(settings, certificateNeeded, data),
        mqtt("mqtt", true, 1883, false),
        mqtts,
        http("http", true, 8080, false),
        https,
        hook(),
        campaigns(),
        platforms(),
        WebhookSettings.read(settings),
        RetentionSettings.read(settings),
        SafetySettings.journal(settings, data),
        SafetySettings.recovery(settings, data),
        ClusterSettings.read(settings, found),
        census());
  }

  private VaultConfig vault(Mode mode, Path data) {
    Path file =
        settings.path(
            "vault.file",
            data.resolve("vault.json"),
            "the vault; only its owner and group may read it");
    Optional<String> inline =
        settings.secret("vault.json", "the vault itself, for a variable instead of a file");
    return new VaultConfig(file, inline, mode == Mode.DEVELOPMENT);
  }

  private DatabaseConfig database(Path data) {
    String host = settings.text("database.host", "", "empty = the embedded PostgreSQL");
    int port = settings.number("database.port", 5432, 1, 65_535, "of the external PostgreSQL");
    String name = settings.text("database.name", "otakey", "database to use");
    String user = settings.text("database.user", "otakey", "who logs in");
    String password = settings.secret("database.password", "of database.user").orElse("");
    SslMode ssl =
        settings.choice("database.ssl", SslMode.class, SslMode.PREFER, "how it is protected");
    Optional<Path> caFile = settings.path("database.caFile", "PEM, to verify the server");
    Path folder =
        settings.path(
            "database.dataDirectory", data.resolve("database"), "of the embedded PostgreSQL");
    Optional<PgEndpoint> external =
        host.isEmpty()
            ? Optional.empty()
            : Optional.of(new PgEndpoint(host, port, name, user, password, ssl, caFile));
    Path programs =
        settings.path(
            "database.programs",
            folder.resolve("programs"),
            "where its programs are unpacked, once; may be shared");
    EmbeddedDatabaseConfig usual = EmbeddedDatabaseConfig.in(folder);
    EmbeddedDatabaseConfig embedded =
        new EmbeddedDatabaseConfig(
            folder,
            programs,
            settings.number(
                "database.sharedBuffersMb", usual.sharedBuffersMb(), 16, 65_536, "page cache"),
            settings.number(
                "database.maxConnections",
                usual.maxConnections(),
                10,
                1000,
                "of the embedded PostgreSQL"));
    external.ifPresent(endpoint -> endpoint.validate(found));
    embedded.validate(found);
    return new DatabaseConfig(external, embedded, PgTuning.DEFAULT);
  }

  private AdminConfig admin() {
    AdminConfig usual = AdminConfig.DEFAULT;
    AdminConfig admin =
        new AdminConfig(
            settings.text("admin.host", usual.host(), "address of API, health and metrics"),
            settings.number("admin.port", usual.port(), 0, 65_535, "0 = any free one"),
            TlsSettings.listener(settings, "admin.tls", "who administers"),
            settings.flag(
                "admin.tls.openHealth",
                usual.openHealth(),
                "health needs no client certificate where admin.tls.clientCa is set"),
            settings.flag("admin.metricsNeedsToken", usual.metricsNeedsToken(), "or open"),
            usual.maxBodyBytes(),
            usual.maxConfigBytes(),
            settings.list(
                "admin.gatewayAddresses",
                usual.gatewayAddresses(),
                Optional::of,
                text -> text,
                "where devices find the gateway, 1 or 2, for bundles that name none"),
            OidcSettings.read(settings));
    admin.validate(found);
    return admin;
  }

  private List<String> tokenHashes() {
    return settings.list(
        "admin.tokenHashes",
        List.of(),
        text -> text.matches("[0-9A-Fa-f]{64}") ? Optional.of(text) : Optional.empty(),
        text -> text,
        "SHA-256 of first admin tokens, 64 hex digits each");
  }

  private ExchangeConfig exchange() {
    ExchangeConfig usual = ExchangeConfig.DEFAULT;
    return new ExchangeConfig(
        settings.seconds(
            "exchange.pollAfter",
            usual.pollAfter(),
            10,
            30 * 86_400,
            "how long an idle device waits between polls"),
        settings.seconds(
            "exchange.campaignPollAfter",
            usual.campaignPollAfter(),
            10,
            30 * 86_400,
            "the same while a campaign asks devices of its product"),
        settings.seconds(
            "exchange.busyRetryAfter",
            usual.busyRetryAfter(),
            1,
            300,
            "how long a device waits after ERROR 8, at least"),
        settings.number(
            "exchange.maxInFlight", usual.maxInFlight(), 1, 1_000_000, "frames under way at once"),
        settings.number(
            "exchange.grantsPerHour",
            usual.grantsPerHour(),
            1,
            1_000_000,
            "new grants for one device in an hour"),
        settings.number(
            "exchange.rememberedGrants",
            usual.rememberedGrants(),
            2,
            10_000_000,
            "grants kept to answer repeated frames"),
        settings.seconds(
            "exchange.rememberedFor", usual.rememberedFor(), 1, 3600, "how long, at least"));
  }

  private LimitsConfig limits() {
    LimitsConfig usual = LimitsConfig.DEFAULT;
    return new LimitsConfig(
        settings.number(
            "limits.maxConnections", usual.maxConnections(), 1, 10_000_000, "open connections"),
        settings.number(
            "limits.maxConnectionsPerSource",
            usual.maxConnectionsPerSource(),
            1,
            10_000_000,
            "open connections of one source address"),
        settings.number(
            "limits.connectionsPerSecondPerSource",
            usual.connectionsPerSecondPerSource(),
            1,
            10_000_000,
            "new connections of one source address"),
        settings.number(
            "limits.framesPerSecondPerSource",
            usual.framesPerSecondPerSource(),
            1,
            10_000_000,
            "frames of one source address"),
        ranges("limits.trustedSources", usual.trustedSources(), "no limit per source for these"),
        settings.seconds(
            "limits.firstFrame",
            usual.firstFrame(),
            1,
            300,
            "a connection without a well-formed frame by then is closed"),
        Duration.ofMillis(
            settings.number(
                "limits.refusalPauseMillis",
                (int) usual.refusalPause().toMillis(),
                0,
                1000,
                "an MQTT connection rests so long after a frame that no key authenticates")));
  }

  private MqttConfig mqtt(String name, boolean enabled, int port, boolean tls) {
    return new MqttConfig(
        settings.flag(name + ".enabled", enabled, "whether it listens"),
        settings.text(name + ".host", "0.0.0.0", "address to bind"),
        settings.number(name + ".port", port, 0, 65_535, "0 = any free one"),
        tls,
        settings.flag(name + ".proxyProtocol", false, "connections begin with a PROXY header"));
  }

  private HttpConfig http(String name, boolean enabled, int port, boolean tls) {
    return new HttpConfig(
        settings.flag(name + ".enabled", enabled, "whether it listens"),
        settings.text(name + ".host", "0.0.0.0", "address to bind"),
        settings.number(name + ".port", port, 0, 65_535, "0 = any free one"),
        tls,
        settings.flag(name + ".proxyProtocol", false, "connections begin with a PROXY header"),
        ranges(name + ".trustedProxies", List.of(), "whose X-Forwarded-For is believed"),
        settings.number(name + ".idleSeconds", 75, 1, 3600, "idle connections are closed"));
  }

  private HookConfig hook() {
    String prefix =
        settings.text("hook.topicPrefix", "devices", "devices may use PREFIX/product/device/#");
    if (prefix.isEmpty() || !prefix.matches("[^+#.\\s/]+(/[^+#.\\s/]+)*")) {
      settings.problem("hook.topicPrefix", "must be levels of a topic without wildcards and dots");
    }
    Optional<PemFiles> tls = TlsSettings.listener(settings, "hook.tls", "a platform that asks");
    tls.ifPresent(files -> files.validate("hook.tls", found));
    return new HookConfig(
        settings.flag("hook.enabled", false, "whether platforms may ask about logins"),
        settings.text("hook.host", "127.0.0.1", "address to bind"),
        settings.number("hook.port", 8082, 0, 65_535, "0 = any free one"),
        tls,
        ranges("hook.platforms", LimitsConfig.DEFAULT.trustedSources(), "who may ask"),
        settings.number("hook.maxConnections", 1000, 1, 100_000, "open connections of platforms"),
        settings.number("hook.idleSeconds", 300, 1, 3600, "idle connections are closed"),
        prefix);
  }

  private PlatformConfig platforms() {
    PlatformConfig usual = PlatformConfig.DEFAULT;
    return new PlatformConfig(
        Duration.ofMillis(
            settings.number(
                "platforms.tickMillis",
                (int) usual.tick().toMillis(),
                50,
                10_000,
                "time between two looks at what platforms are owed")),
        settings.seconds(
            "platforms.callTimeout", usual.callTimeout(), 1, 60, "for one call to a platform"),
        settings.seconds(
            "platforms.grantKept",
            usual.grantKept(),
            60,
            2_592_000,
            "how long the login of a grant that nobody confirms is left on its platform"),
        settings.seconds(
            "platforms.reconcileEvery",
            usual.reconcileEvery(),
            60,
            7_776_000,
            "time between two comparisons of a platform with the registry"),
        settings.number(
            "platforms.maxWaiting",
            usual.maxWaiting(),
            1,
            100_000,
            "most rotations that wait for one platform; more get ERROR 10"));
  }

  private CampaignConfig campaigns() {
    CampaignConfig usual = CampaignConfig.DEFAULT;
    return new CampaignConfig(
        Duration.ofMillis(
            settings.number(
                "campaigns.tickMillis",
                (int) usual.tick().toMillis(),
                50,
                10_000,
                "time between two looks at what campaigns have to do")),
        Duration.ofMillis(
            settings.number(
                "campaigns.slowAboveMillis",
                (int) usual.slowAbove().toMillis(),
                1,
                60_000,
                "campaigns slow down while CONFIRM and ROTATE take longer on average")));
  }

  private CensusConfig census() {
    return new CensusConfig(
        settings.seconds(
            "census.every",
            CensusConfig.DEFAULT.every(),
            1,
            3600,
            "how often one node counts the fleet for metrics"));
  }

  private List<AddressRange> ranges(String name, List<AddressRange> usual, String doc) {
    return settings.list(
        name, usual, AddressRange::parse, AddressRange::toString, doc + ", as 192.0.2.0/24");
  }

  private static Map<String, Object> load(Path file) {
    try {
      JsonNode root = new YAMLMapper().readTree(Files.readString(file));
      Map<String, Object> values = new LinkedHashMap<>();
      flatten("", root, values);
      return values;
    } catch (NoSuchFileException e) {
      throw new ConfigException(List.of(file + " does not exist"));
    } catch (JsonProcessingException e) {
      throw new ConfigException(
          List.of(file + " is not YAML, line " + e.getLocation().getLineNr()));
    } catch (IOException e) {
      throw new ConfigException(List.of(file + " cannot be read: " + e.getMessage()));
    }
  }

  private static void flatten(String prefix, JsonNode node, Map<String, Object> values) {
    if (node.isObject()) {
      node.properties()
          .forEach(
              entry ->
                  flatten(
                      prefix.isEmpty() ? entry.getKey() : prefix + "." + entry.getKey(),
                      entry.getValue(),
                      values));
    } else if (node.isArray()) {
      StringJoiner items = new StringJoiner(",");
      node.forEach(item -> items.add(item.asText()));
      values.put(prefix, items.toString());
    } else if (!prefix.isEmpty()) {
      values.put(prefix, node.asText());
    }
  }

  private static String describe(Settings settings) {
    StringBuilder text = new StringBuilder();
    for (Settings.Setting setting : settings.effective()) {
      text.append("# ").append(setting.fullDoc()).append("\n# default: ");
      text.append(setting.fallback()).append(", from: ").append(setting.source());
      text.append(", variable: ").append(Settings.variable(setting.name())).append('\n');
      text.append(setting.name()).append(": ").append(setting.value()).append("\n\n");
    }
    return text.toString();
  }
}
