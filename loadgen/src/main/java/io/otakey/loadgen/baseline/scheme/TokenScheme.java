package io.otakey.loadgen.baseline.scheme;

import io.otakey.loadgen.baseline.wire.Authority;
import io.otakey.loadgen.baseline.wire.MqttHandler;
import java.io.IOException;
import java.util.Optional;

/** What schemes share whose server makes a token or secret and sends it, with TLS or without. */
abstract class TokenScheme extends MqttScheme {
  private final TokenRegistry registry;

  /**
   * @param authority name of who signs the server's certificate
   * @param registry that the server issues from
   */
  TokenScheme(
      Description description, String authority, TokenRegistry registry, MqttHandler.Service server)
      throws IOException {
    super(description, new Authority(authority), Optional.empty(), server);
    this.registry = registry;
  }

  /**
   * Of such a scheme.
   *
   * @param withTls why what it sends is secret then
   * @param without why it is not
   */
  static Description description(
      String id, String name, boolean tls, String withTls, String without) {
    return new Description(
        id + (tls ? "-tls" : "-plain"),
        name + ", MQTT" + (tls ? "S" : ""),
        tls,
        tls ? Secrecy.BY_TLS : Secrecy.NO,
        tls ? withTls : without);
  }

  @Override
  public final Standing standing(String id) {
    return registry.standing(id);
  }
}
