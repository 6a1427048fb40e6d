package io.otakey.loadgen.baseline.scheme;

import com.fasterxml.jackson.databind.JsonNode;
import io.otakey.loadgen.baseline.wire.Authority;
import io.otakey.loadgen.baseline.wire.Links;
import io.otakey.loadgen.baseline.wire.MqttLine;
import java.io.IOException;
import java.util.Map;
import java.util.Optional;

/** Symmetric-key attestation in the shape of Azure DPS, MQTT over TLS. */
final class DpsScheme extends MqttScheme {
  private final byte[] groupKey;
  private final DpsServer server;

  DpsScheme() throws IOException {
    this(Secrets.bytes());
  }

  private DpsScheme(byte[] groupKey) throws IOException {
    this(groupKey, new DpsServer(groupKey));
  }

  private DpsScheme(byte[] groupKey, DpsServer server) throws IOException {
    super(
        new Description(
            "dps",
            "symmetric key, as Azure DPS, MQTT",
            true,
            Secrecy.NO,
            "the device's key is derived from the group key and its id: whoever has the first"
                + " computes every key"),
        new Authority("DPS"),
        Optional.empty(),
        server);
    this.groupKey = groupKey;
    this.server = server;
  }

  @Override
  public Device device(String id) {
    return new Registrant(id);
  }

  /** One key, the derived one, from the assignment on. */
  @Override
  public Standing standing(String id) {
    int keys = server.isAssigned(id) ? 1 : 0;
    return new Standing(keys, keys);
  }

  private final class Registrant implements Device {
    private final String id;
    private String hub = "";

    Registrant(String id) {
      this.id = id;
    }

    @Override
    public void obtain(Links links) throws IOException {
      byte[] key = DpsServer.deviceKey(groupKey, id);
      MqttLine.Login login =
          new MqttLine.Login(
              id,
              DpsServer.registrationUser(id),
              SasToken.make(key, DpsServer.registrationResource(id), "registration"));
      try (MqttLine line = open(links, login)) {
        line.subscribe("$dps/registrations/res/#");
        line.publish(
            "$dps/registrations/PUT/iotdps-register/?$rid=1",
            Json.of(Map.of("registrationId", id)));
        JsonNode accepted = Json.read(line.answer().payload());
        // The service asks for 3 s here; the wait is left out of every figure.
        line.publish(
            "$dps/registrations/GET/iotdps-get-operationstatus/?$rid=2&operationId="
                + accepted.path("operationId").asText(),
            "");
        JsonNode status = Json.read(line.answer().payload());
        if (!status.path("status").asText().equals("assigned")) {
          throw new IOException("not assigned");
        }
        hub = status.path("registrationState").path("assignedHub").asText();
      }
    }

    @Override
    public boolean works(Links links) throws IOException {
      byte[] key = DpsServer.deviceKey(groupKey, id);
      String token = SasToken.make(key, DpsServer.hubResource(id), "");
      return hub.equals(DpsServer.HUB)
          && lets(links, new MqttLine.Login(id, DpsServer.hubUser(id), token));
    }
  }
}
