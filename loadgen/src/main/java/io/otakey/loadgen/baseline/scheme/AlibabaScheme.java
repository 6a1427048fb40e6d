package io.otakey.loadgen.baseline.scheme;

import io.otakey.loadgen.baseline.wire.Links;
import io.otakey.loadgen.baseline.wire.MqttHandler;
import io.otakey.loadgen.baseline.wire.MqttLine;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.Map;

/**
 * Dynamic registration in the shape of Alibaba Cloud's: the login itself, signed with the product's
 * secret, is the request; the device's secret comes by a message that nobody subscribed to. A
 * repeated registration gives another secret, and the last one counts.
 */
final class AlibabaScheme extends TokenScheme {
  private static final String PRODUCT = "a1B2c3D4e5F";
  private static final String TOPIC = "/ext/register";

  private final byte[] productSecret;

  AlibabaScheme(boolean tls) throws IOException {
    this(tls, Secrets.bytes(), new TokenRegistry());
  }

  private AlibabaScheme(boolean tls, byte[] productSecret, TokenRegistry registry)
      throws IOException {
    super(
        description(
            "alibaba",
            "product secret, as Alibaba Cloud",
            tls,
            "the server makes the secret; TLS 1.3 agrees on ephemeral keys",
            "the secret is sent in the clear: whoever records it needs no leak"),
        "Alibaba",
        registry,
        new Server(productSecret, registry));
    this.productSecret = productSecret;
  }

  @Override
  public Device device(String id) {
    return new Registrant(id);
  }

  private static String userName(String id) {
    return id + "&" + PRODUCT;
  }

  /** A login's signature over its fields in the order of their names. */
  private static String signature(byte[] secret, String id, String random) {
    String content = "deviceName" + id + "productKey" + PRODUCT + "random" + random;
    return HexFormat.of().formatHex(Macs.of(secret, content));
  }

  private static String clientId(String id, String authType, String random) {
    return id
        + "|securemode=2,authType="
        + authType
        + ",random="
        + random
        + ",signmethod=hmacsha256|";
  }

  private record Server(byte[] productSecret, TokenRegistry registry)
      implements MqttHandler.Service {
    @Override
    public boolean accepts(MqttHandler.Caller caller) {
      String id = id(caller);
      String clientId = caller.login().clientId();
      String random = field(clientId, "random");
      byte[] secret =
          isRegistration(caller)
              ? productSecret
              : registry.secret(id).getBytes(StandardCharsets.US_ASCII);
      return secret.length > 0
          && caller.login().user().equals(userName(id))
          && Macs.same(caller.login().password(), signature(secret, id, random));
    }

    @Override
    public void welcomed(MqttHandler.Caller caller) {
      if (isRegistration(caller)) {
        String id = id(caller);
        caller.publish(
            TOPIC,
            Json.of(
                Map.of(
                    "productKey", PRODUCT,
                    "deviceName", id,
                    "deviceSecret", registry.issue(id))));
      }
    }

    @Override
    public void published(MqttHandler.Caller caller, String topic, byte[] payload) {
      // nothing is asked by messages
    }

    private static boolean isRegistration(MqttHandler.Caller caller) {
      return field(caller.login().clientId(), "authType").equals("register");
    }

    private static String id(MqttHandler.Caller caller) {
      String clientId = caller.login().clientId();
      return clientId.substring(0, Math.max(0, clientId.indexOf('|')));
    }

    private static String field(String clientId, String name) {
      for (String field : clientId.split("[|,]", -1)) {
        if (field.startsWith(name + "=")) {
          return field.substring(name.length() + 1);
        }
      }
      return "";
    }
  }

  private final class Registrant implements Device {
    private final String id;
    private String secret = "";

    Registrant(String id) {
      this.id = id;
    }

    @Override
    public void obtain(Links links) throws IOException {
      try (MqttLine line = open(links, login(productSecret, "register"))) {
        secret = Json.read(line.answer().payload()).path("deviceSecret").asText();
      }
    }

    @Override
    public boolean works(Links links) throws IOException {
      return !secret.isEmpty()
          && lets(links, login(secret.getBytes(StandardCharsets.US_ASCII), "connect"));
    }

    private MqttLine.Login login(byte[] key, String authType) {
      String random = Secrets.text().substring(0, 8);
      return new MqttLine.Login(
          clientId(id, authType, random), userName(id), signature(key, id, random));
    }
  }
}
