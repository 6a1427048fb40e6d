package io.otakey.loadgen.baseline.scheme;

import com.fasterxml.jackson.databind.JsonNode;
import io.netty.handler.ssl.SslContext;
import io.otakey.loadgen.baseline.wire.Authority;
import io.otakey.loadgen.baseline.wire.Links;
import io.otakey.loadgen.baseline.wire.MqttLine;
import io.otakey.loadgen.baseline.wire.Pem;
import java.io.IOException;
import java.security.GeneralSecurityException;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** A claim certificate that all devices share, in the shape of AWS fleet provisioning. */
final class ClaimScheme extends MqttScheme {
  private final Authority authority;
  private final ClaimServer server;
  private final SslContext claim;

  ClaimScheme() throws IOException {
    this(new Authority("IoT"));
  }

  private ClaimScheme(Authority authority) throws IOException {
    this(authority, new ClaimServer(authority));
  }

  private ClaimScheme(Authority authority, ClaimServer server) throws IOException {
    super(
        new Description(
            "claim",
            "claim certificate, as AWS fleet provisioning, MQTT",
            true,
            Secrecy.BY_TLS,
            "the server makes the key; TLS 1.3 agrees on ephemeral keys, so that the claim's key"
                + " opens no recording"),
        authority,
        Optional.of(authority),
        server);
    this.authority = authority;
    this.server = server;
    this.claim = authority.device(Optional.of(authority.identity(ClaimServer.CLAIM)));
  }

  @Override
  public Device device(String id) {
    return new Claimant(id);
  }

  @Override
  public Standing standing(String id) {
    return new Standing(server.active(id), server.active(id));
  }

  private final class Claimant implements Device {
    private final String id;
    // In flash as soon as they came, so that a lost registration is only repeated.
    private Authority.@Nullable Identity identity;
    private String token = "";

    Claimant(String id) {
      this.id = id;
    }

    @Override
    public void obtain(Links links) throws IOException {
      try (MqttLine line = open(links, Optional.of(claim), MqttLine.Login.of(id))) {
        line.subscribe(ClaimServer.CREATE + "/+", ClaimServer.REGISTER + "/+");
        if (identity == null) {
          create(line);
        }
        line.publish(
            ClaimServer.REGISTER,
            Json.of(
                Map.of(
                    "certificateOwnershipToken", token, "parameters", Map.of("SerialNumber", id))));
        MqttLine.Message registered = line.answer();
        if (!registered.topic().endsWith("/accepted")) {
          throw new IOException("rejected: " + registered.text());
        }
      }
    }

    private void create(MqttLine line) throws IOException {
      line.publish(ClaimServer.CREATE, "{}");
      JsonNode made = Json.read(line.answer().payload());
      try {
        identity =
            new Authority.Identity(
                Pem.readKey(made.path("privateKey").asText()),
                Pem.readCertificate(made.path("certificatePem").asText()));
      } catch (GeneralSecurityException e) {
        throw new IOException("not a key with its certificate", e);
      }
      token = made.path("certificateOwnershipToken").asText();
    }

    @Override
    public boolean works(Links links) throws IOException {
      return identity != null
          && lets(
              links, Optional.of(authority.device(Optional.of(identity))), MqttLine.Login.of(id));
    }
  }
}
