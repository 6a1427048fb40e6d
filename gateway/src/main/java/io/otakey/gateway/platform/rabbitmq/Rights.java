package io.otakey.gateway.platform.rabbitmq;

import io.otakey.gateway.platform.Credential;
import io.otakey.gateway.platform.Login;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.SecureRandom;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;

/** Users as RabbitMQ imports them, with the least rights that a device can live with. */
final class Rights {
  private static final int SALT = 4; // RabbitMQ's own; the secret has 256 random bits

  private final String vhost;
  private final String exchange;
  private final SecureRandom random = new SecureRandom();

  Rights(String vhost, String exchange) {
    this.vhost = vhost;
    this.exchange = exchange;
  }

  /** All of them as one document of definitions. */
  JsonObject definitions(List<Credential> credentials) {
    JsonArray users = new JsonArray();
    JsonArray permissions = new JsonArray();
    JsonArray topics = new JsonArray();
    for (Credential credential : credentials) {
      users.add(user(credential));
      permissions.add(permission(credential.login()));
      topics.add(topic(credential.login()));
    }
    return new JsonObject()
        .put("users", users)
        .put("permissions", permissions)
        .put("topic_permissions", topics);
  }

  private JsonObject user(Credential credential) {
    return new JsonObject()
        .put("name", credential.login().name())
        .put("password_hash", hash(credential.secret()))
        .put("hashing_algorithm", "rabbit_password_hashing_sha256")
        .put("tags", "");
  }

  /** Queues of its own sessions, and the exchange between topics and queues. */
  private JsonObject permission(Login login) {
    String queues = "mqtt-subscription-" + quote(login.clientId()) + "qos[01]";
    String both = "\\A(" + quote(exchange) + "|" + queues + ")\\z";
    return new JsonObject()
        .put("user", login.name())
        .put("vhost", vhost)
        .put("configure", "\\A" + queues + "\\z")
        .put("write", both)
        .put("read", both);
  }

  /** Topics reach RabbitMQ with dots for slashes. */
  private JsonObject topic(Login login) {
    String own = "\\A" + quote(login.branch().replace('/', '.'));
    return new JsonObject()
        .put("user", login.name())
        .put("vhost", vhost)
        .put("exchange", exchange)
        .put("write", own)
        .put("read", own);
  }

  /** The text as a regular expression of Erlang; {client_id} and the like stay what they are. */
  static String quote(String text) {
    StringBuilder quoted = new StringBuilder(text.length() + 16);
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      boolean plain =
          (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c > '~';
      quoted.append(plain ? "" : "\\").append(c);
    }
    return quoted.toString();
  }

  private String hash(String secret) {
    byte[] salt = new byte[SALT];
    random.nextBytes(salt);
    MessageDigest digest = sha256();
    digest.update(salt);
    byte[] hash = digest.digest(secret.getBytes(StandardCharsets.UTF_8));
    byte[] both = Arrays.copyOf(salt, salt.length + hash.length);
    System.arraycopy(hash, 0, both, salt.length, hash.length);
    return Base64.getEncoder().encodeToString(both);
  }

  private static MessageDigest sha256() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }
}
