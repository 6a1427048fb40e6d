package io.otakey.gateway.admin;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.otakey.gateway.registry.Connection;
import io.otakey.gateway.registry.Connections;
import io.otakey.protocol.fuzz.FuzzTarget;
import io.vertx.core.MultiMap;
import io.vertx.core.buffer.Buffer;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;

/** Bodies, queries and tokens of the REST API. */
public final class AdminFuzz implements FuzzTarget.Suite {
  private static final int EACH = 6000;

  private static final String POLICY =
      """
      {"allowList":false,"from":"2026-01-31T12:00:00Z","quota":10,"perMinute":60,\
      "reEnroll":{"mode":"until","until":"2027-01-31T12:00:00Z"}}""";
  private static final String[] CAMPAIGNS = {
    """
    {"name":"c","goal":"move","connectionId":2,"target":{"products":["thermo"],"idPrefix":"a",\
    "firmware":"1.2","deviceIds":["d1"],"percent":50},"pace":{"perSecond":10.5},"waves":[1,10,50],\
    "successPercent":90,"stopRules":[{"failure":"any","action":"pause","percent":10,"atLeast":20}],\
    "timeoutSeconds":60,"retries":2,"joinUntil":"2027-01-31T12:00:00Z","start":true}""",
    "{\"name\":\"c\",\"goal\":\"rotate\",\"target\":{\"products\":[\"thermo\"]}}"
  };
  private static final String[] PRODUCTS = {
    "{\"id\":\"thermo\",\"name\":\"T\",\"connectionId\":1,\"policy\":" + POLICY + "}",
    "{\"id\":\"t\",\"name\":\"T\"}"
  };
  private static final String[] PLATFORMS = {
    "{\"kind\":\"rest\",\"settings\":{\"url\":\"https://h\"},\"secrets\":{\"password\":\"p\"}}"
  };
  private static final String[] WEBHOOKS = {
    """
    {"url":"https://h.example:8443/p?q=1","insecure":true,"ca":"-----BEGIN CERTIFICATE-----\\nAA==",\
    "kinds":["stale_key"],"products":["thermo"]}""",
    "{\"url\":\"http://[::1]:80/\"}"
  };
  private static final String[] CONNECTIONS = {
    """
    {"platformId":"cloud","scheme":"mqtts","host":"broker.example","port":8883,"clientId":"c",\
    "userName":"u","topicPrefix":"p/","spkiSha256":"%s"}"""
        .formatted("0f".repeat(32)),
    "{\"platformId\":\"cloud\",\"scheme\":\"mqtt\",\"host\":\"h\",\"port\":1}"
  };
  private static final String[] CONFIGS = {
    """
    {"format":"otakey-config/1","connections":[{"id":1,"platformId":"cloud","scheme":"mqtt",\
    "host":"h","port":1,"createdAt":"2026-01-31T12:00:00Z"}],"platforms":[{"id":"cloud",\
    "kind":"hook","settings":{},"sealed":"AAEC"}],"webhooks":[{"id":"w","url":"https://h/","sealed":\
    "AA=="}],"products":[{"id":"p","name":"P","connectionId":1,"policy":%s,"keys":[{"version":1,\
    "retired":true,"root":1},{"version":2,"imported":true}]}]}"""
        .formatted(POLICY),
    "{\"format\":\"otakey-config/1\"}"
  };
  private static final String[] YAML = {
    "format: otakey-config/1\nproducts:\n- id: p\n  name: \"P\"\n  keys:\n  - {version: 1}\n",
    "a: &x [1, 2]\nb: *x\n? c\n: !!str d\n--- |\n  e\n"
  };
  private static final String[] QUERIES = {
    "status=active&minEpoch=1&maxEpoch=4294967295&idPrefix=a&firmware=1&connectionId=3"
        + "&notSeenSince=2026-01-31T12:00:00Z&limit=10&after=thermo/a1",
    "product=a&product=b&limit=1000"
  };

  @Override
  public List<FuzzTarget> targets() {
    return List.of(
        new FuzzTarget("api-campaign", EACH, texts(CAMPAIGNS), AdminFuzz::campaign),
        body("api-product", PRODUCTS, AdminFuzz::product),
        body("api-platform", PLATFORMS, PlatformJson::read),
        body("api-webhook", WEBHOOKS, WebhookJson::read),
        body("api-config", CONFIGS, ConfigDocument::read),
        new FuzzTarget("api-config-yaml", EACH, texts(YAML), AdminFuzz::yaml),
        new FuzzTarget("api-connection", EACH, connections(), AdminFuzz::connection),
        FuzzTarget.of("api-token", texts("00ff".repeat(16)), AdminFuzz::token),
        FuzzTarget.of("api-query", texts(QUERIES), AdminFuzz::query));
  }

  private static FuzzTarget body(String name, String[] seeds, Function<Fields, ?> reader) {
    return new FuzzTarget(
        name, EACH, texts(seeds), body -> read(() -> Json.parse(Buffer.buffer(body)), reader));
  }

  private static List<byte[]> texts(String... texts) {
    return FuzzTarget.texts(texts);
  }

  /** Also as UTF-32, which the parser detects. */
  private static List<byte[]> connections() {
    List<byte[]> seeds = new ArrayList<>(texts(CONNECTIONS));
    seeds.add(CONNECTIONS[1].getBytes(Charset.forName("UTF-32BE")));
    return seeds;
  }

  private interface Parse {
    JsonNode document();
  }

  /** What was read, unless it was refused in words. */
  private static <T> Optional<T> read(Parse parse, Function<Fields, T> reader) {
    try {
      return Optional.of(Call.read(parse.document(), reader));
    } catch (ProblemException e) {
      assertThat(e.problem().kind()).isEqualTo(Problem.Kind.BAD_REQUEST);
      assertThat(e.problem().detail()).isNotBlank();
      return Optional.empty();
    }
  }

  private static void campaign(byte[] body) {
    read(() -> Json.parse(Buffer.buffer(body)), CampaignJson::read)
        .ifPresent(
            order -> {
              List<String> said = new ArrayList<>();
              Json.parse(Buffer.buffer(body)).path("waves").forEach(n -> said.add(n.asText()));
              assertThat(order.waves().stream().map(String::valueOf))
                  .containsExactlyElementsOf(said);
            });
  }

  private static Object product(Fields fields) {
    ProductJson.readId(fields);
    return ProductJson.readSettings(fields);
  }

  private static void yaml(byte[] body) {
    read(() -> Json.parseYaml(Buffer.buffer(body)), ConfigDocument::read);
  }

  private static void connection(byte[] body) {
    Optional<Connection> read = read(() -> Json.parse(Buffer.buffer(body)), ConnectionJson::read);
    read.ifPresent(
        connection -> {
          JsonNode written = written(connection);
          Connection again =
              read(
                      () -> written,
                      fields -> {
                        fields.optionalInteger("id", 1, 1);
                        return ConnectionJson.read(fields);
                      })
                  .orElseThrow();
          assertThat(written(again)).isEqualTo(written);
        });
  }

  private static JsonNode written(Connection connection) {
    return ConnectionJson.write(new Connections.Stored(1, connection, Instant.EPOCH));
  }

  private static void token(byte[] bytes) {
    String text = new String(bytes, StandardCharsets.UTF_8);
    ApiTokenText.hash(text)
        .ifPresent(hash -> assertThat(text).hasSize(64).matches("[0-9a-fA-F]{64}"));
  }

  private static void query(byte[] bytes) {
    MultiMap parameters = MultiMap.caseInsensitiveMultiMap();
    for (String pair : new String(bytes, StandardCharsets.UTF_8).split("&", -1)) {
      int end = pair.indexOf('=');
      parameters.add(end < 0 ? pair : pair.substring(0, end), pair.substring(end + 1));
    }
    Query query = new Query(parameters);
    Caller anybody =
        new Caller("fuzz", io.otakey.gateway.registry.Role.VIEWER, Set.of(), "127.0.0.1");
    DeviceQuery.filter(query, anybody);
    DeviceQuery.after(query);
    assertThat(query.limit()).isBetween(1, 1000);
    query.faults().forEach(fault -> assertThat(fault).isNotBlank());
  }
}
