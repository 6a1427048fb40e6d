package io.otakey.gateway.webhook;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.otakey.gateway.registry.EventCursor;
import io.otakey.gateway.vault.Vault;
import io.otakey.gateway.vault.VaultConfig;
import io.otakey.gateway.webhook.Webhook.Progress;
import io.otakey.gateway.webhook.Webhook.SealedSecrets;
import io.otakey.protocol.crypto.Secret;
import io.otakey.protocol.crypto.X25519;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.net.PemKeyCertOptions;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Deliveries to real HTTP servers, good and bad. */
class WebhookSenderTest {
  private final Path folder;
  private final Vertx vertx = Vertx.vertx();
  private final SimpleMeterRegistry meters = new SimpleMeterRegistry();
  private final WebhookSecrets secrets;
  private final WebhookSecrets.Made made;

  WebhookSenderTest(@TempDir Path folder) {
    this.folder = folder;
    VaultConfig config = new VaultConfig(folder.resolve("vault.json"), Optional.empty(), true);
    secrets = new WebhookSecrets(Vault.open(config, X25519.choose().x25519()).vault());
    made = secrets.make("crm");
  }

  private WebhookSender sender(Predicate<InetAddress> reach) {
    return sender(reach, Duration.ofSeconds(15));
  }

  private WebhookSender sender(Predicate<InetAddress> reach, Duration timeout) {
    return new WebhookSender(
        vertx,
        new WebhookConfig(Duration.ofMillis(50), timeout, Duration.ofHours(1), reach),
        secrets,
        meters);
  }

  private Webhook webhook(String url, Optional<String> ca, SealedSecrets sealed) {
    Progress progress =
        new Progress(
            EventCursor.START,
            Optional.empty(),
            true,
            0,
            Optional.empty(),
            Optional.empty(),
            Optional.empty(),
            Optional.empty(),
            0);
    return new Webhook(
        "crm", new WebhookOrder(url, true, ca, Set.of(), Set.of()), sealed, 1, progress);
  }

  private void send(WebhookSender sender, String url) throws Exception {
    send(sender, webhook(url, Optional.empty(), SealedSecrets.of(made.sealed())));
  }

  private static void send(WebhookSender sender, Webhook webhook) throws Exception {
    sender.test(webhook).toCompletionStage().toCompletableFuture().get(20, TimeUnit.SECONDS);
  }

  @AfterEach
  void close() throws Exception {
    vertx.close().toCompletionStage().toCompletableFuture().get(20, TimeUnit.SECONDS);
  }

  /** The example of docs/operations.md. */
  @Test
  void signature_isThatOfTheDocumentsExample() {
    byte[] key = Base64.getDecoder().decode("MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=");
    byte[] body =
        "{\"webhook\":\"crm\",\"test\":true,\"events\":[]}".getBytes(StandardCharsets.UTF_8);
    try (Secret secret = Secret.adopt(key)) {
      assertThat(Signature.of(List.of(secret), "crm_test_1", 1_795_000_000L, body))
          .isEqualTo("v1,VnU5fHOvCuD/wHv5wbuqQqUqT7IA8UwCZjGN7rgEyLA=");
    }
  }

  @Test
  void aDelivery_isSigned_byBothSecretsWhileOneIsRenewed() throws Exception {
    try (Receiver receiver = new Receiver(vertx)) {
      WebhookSender sender = sender(address -> true);
      WebhookSecrets.Made newer = secrets.make("crm");
      SealedSecrets one = SealedSecrets.of(made.sealed());
      SealedSecrets both = WebhookSecrets.rotated(one, newer.sealed(), Instant.now());
      SealedSecrets over =
          WebhookSecrets.rotated(
              one, newer.sealed(), Instant.now().minus(WebhookSecrets.FORMER_KEPT));
      send(sender, webhook(receiver.url(), Optional.empty(), one));
      send(sender, webhook(receiver.url(), Optional.empty(), both));
      send(sender, webhook(receiver.url(), Optional.empty(), over));
      assertThat(receiver.posts)
          .extracting(post -> post.isSignedBy(made.shown()))
          .containsExactly(true, true, false);
      assertThat(receiver.posts)
          .extracting(post -> post.isSignedBy(newer.shown()))
          .containsExactly(false, true, true);
      Receiver.Post post = receiver.posts.get(0);
      assertThat(post.json().getBoolean("test")).isTrue();
      assertThat(Long.parseLong(post.timestamp()))
          .isBetween(Instant.now().getEpochSecond() - 20, Instant.now().getEpochSecond());
      Receiver.Post forged =
          new Receiver.Post(
              post.id(), post.timestamp(), post.signature(), post.body().copy().appendString(" "));
      assertThat(forged.isSignedBy(made.shown())).isFalse();
    }
  }

  @Test
  void answersThatAreNot2xx_andNone_areFailures() throws Exception {
    try (Receiver receiver = new Receiver(vertx);
        Receiver elsewhere = new Receiver(vertx)) {
      WebhookSender sender = sender(address -> true, Duration.ofSeconds(1));
      receiver.mood(request -> request.response().setStatusCode(500).end("secret inner thing"));
      assertThatThrownBy(() -> send(sender, receiver.url())).hasRootCauseMessage("it answered 500");
      receiver.mood(
          request ->
              request.response().setStatusCode(307).putHeader("Location", elsewhere.url()).end());
      assertThatThrownBy(() -> send(sender, receiver.url())).hasRootCauseMessage("it answered 307");
      assertThat(elsewhere.posts).as("no redirect is followed").isEmpty();
      receiver.mood(request -> {});
      assertThatThrownBy(() -> send(sender, receiver.url()))
          .hasRootCauseMessage("no answer within 1000 ms");
      receiver.mood(request -> request.connection().close());
      assertThatThrownBy(() -> send(sender, receiver.url()))
          .hasCauseInstanceOf(WebhookException.class);
    }
  }

  @Test
  void anAnswerWithoutEnd_isCutOff_andCountsByItsStatus() throws Exception {
    try (Receiver receiver = new Receiver(vertx)) {
      WebhookSender sender = sender(address -> true);
      long[] written = {0};
      boolean[] closed = {false};
      receiver.mood(
          request -> {
            request.response().setChunked(true).closeHandler(v -> closed[0] = true);
            Buffer chunk = Buffer.buffer(new byte[16_384]);
            vertx.setPeriodic(
                1,
                id -> {
                  if (closed[0]) {
                    vertx.cancelTimer(id);
                  } else if (!request.response().writeQueueFull()) {
                    written[0] += chunk.length();
                    request.response().write(chunk);
                  }
                });
          });
      send(sender, receiver.url());
      long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(20);
      while (!closed[0] && System.nanoTime() < end) {
        Thread.onSpinWait();
      }
      assertThat(closed[0]).as("after " + written[0] + " B").isTrue();
    }
  }

  @Test
  void addressesThatAreNotPublic_areNotReached_whateverTheirName() {
    try (Receiver receiver = new Receiver(vertx)) {
      WebhookSender sender = sender(address -> false);
      for (String host : List.of("127.0.0.1", "localhost", "[::1]", "[::ffff:127.0.0.1]")) {
        assertThatThrownBy(() -> send(sender, "http://" + host + ":" + receiver.port() + "/"))
            .as(host)
            .isInstanceOf(ExecutionException.class)
            .rootCause()
            .isInstanceOf(WebhookException.class)
            .hasMessageContaining("webhooks.reach")
            .hasMessageNotContaining("127.0.0.1");
      }
      assertThat(receiver.posts).isEmpty();
    }
  }

  @Test
  void certificate_isVerified_byNameAndAuthority() throws Exception {
    Path store = folder.resolve("store.p12");
    keytool(store);
    KeyStore keys = KeyStore.getInstance(store.toFile(), "changeit".toCharArray());
    String certificate = pem("CERTIFICATE", keys.getCertificate("hook").getEncoded());
    String key = pem("PRIVATE KEY", keys.getKey("hook", "changeit".toCharArray()).getEncoded());
    HttpServerOptions tls =
        new HttpServerOptions()
            .setSsl(true)
            .setKeyCertOptions(
                new PemKeyCertOptions()
                    .addCertValue(Buffer.buffer(certificate))
                    .addKeyValue(Buffer.buffer(key)));
    try (Receiver receiver = new Receiver(vertx, tls)) {
      WebhookSender sender = sender(address -> true);
      SealedSecrets sealed = SealedSecrets.of(made.sealed());
      String right = "https://localhost:" + receiver.port() + "/";
      String wrong = "https://127.0.0.1:" + receiver.port() + "/";
      assertThatThrownBy(() -> send(sender, webhook(right, Optional.empty(), sealed)))
          .rootCause()
          .hasMessageStartingWith("not sent: ");
      assertThatThrownBy(
              () -> send(sender(address -> true), webhook(wrong, Optional.of(certificate), sealed)))
          .as("another name")
          .rootCause()
          .hasMessageStartingWith("not sent: ");
      assertThat(receiver.posts).isEmpty();
      WebhookSender trusting = sender(address -> true);
      send(trusting, webhook(right, Optional.of(certificate), SealedSecrets.of(made.sealed())));
      assertThat(receiver.posts).hasSize(1);
    }
  }

  private static void keytool(Path store) throws Exception {
    Process made =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "keytool").toString(),
                "-genkeypair",
                "-alias",
                "hook",
                "-keyalg",
                "EC",
                "-dname",
                "CN=localhost",
                "-ext",
                "SAN=DNS:localhost",
                "-validity",
                "2",
                "-storetype",
                "PKCS12",
                "-keystore",
                store.toString(),
                "-storepass",
                "changeit")
            .redirectErrorStream(true)
            .start();
    String said = new String(made.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(made.waitFor()).as(said).isZero();
    assertThat(Files.exists(store)).isTrue();
  }

  private static String pem(String type, byte[] der) {
    return "-----BEGIN "
        + type
        + "-----\n"
        + Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(der)
        + "\n-----END "
        + type
        + "-----\n";
  }
}
