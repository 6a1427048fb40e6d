package io.otakey.loadgen.baseline.scheme;

import com.fasterxml.jackson.databind.JsonNode;
import io.otakey.loadgen.baseline.wire.Authority;
import io.otakey.loadgen.baseline.wire.MqttHandler;
import io.otakey.loadgen.baseline.wire.Pem;
import java.io.IOException;
import java.math.BigInteger;
import java.security.cert.X509Certificate;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Fleet provisioning in the shape of AWS IoT: whoever shows the claim certificate gets a key and a
 * pending certificate, both made here, and activates it by registering a thing. Repeating the
 * registration with the same token repeats its answer.
 */
final class ClaimServer implements MqttHandler.Service {
  static final String CREATE = "$aws/certificates/create/json";
  static final String REGISTER = "$aws/provisioning-templates/fleet/provision/json";
  static final String CLAIM = "claim";
  private static final String ACCEPTED = "/accepted";
  private static final String REJECTED = "/rejected";

  private final Authority authority;

  /** Certificates by the token of their ownership, before they belong to a thing. */
  private final Map<String, X509Certificate> pending = new ConcurrentHashMap<>();

  /** Things by the serial number of their certificates. */
  private final Map<BigInteger, String> active = new ConcurrentHashMap<>();

  ClaimServer(Authority authority) {
    this.authority = authority;
  }

  /** Active certificates of a thing; none of them is ever withdrawn here. */
  int active(String thing) {
    return (int) active.values().stream().filter(thing::equals).count();
  }

  @Override
  public boolean accepts(MqttHandler.Caller caller) {
    return caller
        .certificate()
        .filter(shown -> isClaim(shown) || active.containsKey(shown.getSerialNumber()))
        .isPresent();
  }

  private static boolean isClaim(X509Certificate shown) {
    return shown.getSubjectX500Principal().getName().equals("CN=" + CLAIM);
  }

  @Override
  public void published(MqttHandler.Caller caller, String topic, byte[] payload) {
    if (caller.certificate().filter(ClaimServer::isClaim).isEmpty()) {
      return; // things do not provision
    }
    switch (topic) {
      case CREATE -> create(caller);
      case REGISTER -> register(caller, payload);
      default -> {}
    }
  }

  private void create(MqttHandler.Caller caller) {
    Authority.Identity made = authority.identity("AWS IoT Certificate");
    String token = Secrets.text();
    pending.put(token, made.certificate());
    caller.publish(
        CREATE + ACCEPTED,
        Json.of(
            Map.of(
                "certificateId", Pem.fingerprint(made.certificate()),
                "certificatePem", Pem.certificate(made.certificate()),
                "privateKey", Pem.key(made.key()),
                "certificateOwnershipToken", token)));
  }

  private void register(MqttHandler.Caller caller, byte[] payload) {
    Optional<X509Certificate> owned = Optional.empty();
    String thing = "";
    try {
      JsonNode asked = Json.read(payload);
      owned = Optional.ofNullable(pending.get(asked.path("certificateOwnershipToken").asText()));
      thing = asked.path("parameters").path("SerialNumber").asText();
    } catch (IOException e) {
      // rejected as a token that is not known
    }
    if (owned.isEmpty() || thing.isEmpty()) {
      caller.publish(
          REGISTER + REJECTED,
          Json.of(Map.of("statusCode", 400, "errorCode", "InvalidCertificateOwnershipToken")));
      return;
    }
    active.put(owned.get().getSerialNumber(), thing);
    caller.publish(
        REGISTER + ACCEPTED, Json.of(Map.of("deviceConfiguration", Map.of(), "thingName", thing)));
  }
}
