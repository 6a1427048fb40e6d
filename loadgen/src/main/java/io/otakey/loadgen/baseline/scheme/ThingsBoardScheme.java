package io.otakey.loadgen.baseline.scheme;

import com.fasterxml.jackson.databind.JsonNode;
import io.otakey.loadgen.baseline.wire.Links;
import io.otakey.loadgen.baseline.wire.MqttHandler;
import io.otakey.loadgen.baseline.wire.MqttLine;
import java.io.IOException;
import java.util.Map;

/**
 * Provisioning in the shape of ThingsBoard's, where new devices are created: the profile's key and
 * secret are sent, an access token comes back. A device that exists already is refused.
 */
final class ThingsBoardScheme extends TokenScheme {
  private static final String PROVISION = "provision";
  private static final String REQUEST = "/provision/request";
  private static final String RESPONSE = "/provision/response";

  private final Profile profile;

  /** What all devices of a profile hold. */
  private record Profile(String key, String secret) {
    @Override
    public String toString() {
      return "Profile[" + key + "]";
    }
  }

  ThingsBoardScheme(boolean tls) throws IOException {
    this(
        tls,
        new Profile(Secrets.text().substring(0, 20), Secrets.text().substring(0, 20)),
        new TokenRegistry());
  }

  private ThingsBoardScheme(boolean tls, Profile profile, TokenRegistry registry)
      throws IOException {
    super(
        description(
            "thingsboard",
            "provisioning secret, as ThingsBoard",
            tls,
            "the server makes the token; TLS 1.3 agrees on ephemeral keys",
            "the token and the shared secret are sent in the clear"),
        "ThingsBoard",
        registry,
        new Server(profile, registry));
    this.profile = profile;
  }

  @Override
  public Device device(String id) {
    return new Newcomer(id);
  }

  private record Server(Profile profile, TokenRegistry registry) implements MqttHandler.Service {
    @Override
    public boolean accepts(MqttHandler.Caller caller) {
      String id = caller.login().clientId();
      String user = caller.login().user();
      return user.equals(PROVISION) || (registry.knows(id) && Macs.same(user, registry.secret(id)));
    }

    @Override
    public void published(MqttHandler.Caller caller, String topic, byte[] payload) {
      if (topic.equals(REQUEST) && caller.login().user().equals(PROVISION)) {
        caller.publish(RESPONSE, Json.of(provision(payload)));
      }
    }

    private Map<String, String> provision(byte[] payload) {
      try {
        JsonNode asked = Json.read(payload);
        String id = asked.path("deviceName").asText();
        boolean known =
            asked.path("provisionDeviceKey").asText().equals(profile.key())
                && Macs.same(asked.path("provisionDeviceSecret").asText(), profile.secret());
        if (!known) {
          return Map.of("status", "NOT_FOUND");
        }
        if (registry.knows(id)) {
          return Map.of("status", "FAILURE");
        }
        return Map.of(
            "status", "SUCCESS",
            "credentialsType", "ACCESS_TOKEN",
            "credentialsValue", registry.issue(id));
      } catch (IOException e) {
        return Map.of("status", "FAILURE");
      }
    }
  }

  private final class Newcomer implements Device {
    private final String id;
    private String token = "";

    Newcomer(String id) {
      this.id = id;
    }

    @Override
    public void obtain(Links links) throws IOException {
      try (MqttLine line = open(links, new MqttLine.Login(id, PROVISION, ""))) {
        line.subscribe(RESPONSE);
        line.publish(
            REQUEST,
            Json.of(
                Map.of(
                    "deviceName", id,
                    "provisionDeviceKey", profile.key(),
                    "provisionDeviceSecret", profile.secret())));
        JsonNode answer = Json.read(line.answer().payload());
        if (!answer.path("status").asText().equals("SUCCESS")) {
          throw new IOException("refused: " + answer.path("status").asText());
        }
        token = answer.path("credentialsValue").asText();
      }
    }

    @Override
    public boolean works(Links links) throws IOException {
      return !token.isEmpty() && lets(links, new MqttLine.Login(id, token, ""));
    }
  }
}
