package io.otakey.gateway;

import static java.nio.file.StandardOpenOption.APPEND;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.otakey.gateway.TestAuthority.Identity;
import io.otakey.gateway.cli.AdminCommand;
import io.otakey.gateway.cli.CommandTree;
import io.otakey.gateway.config.ConfigException;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import javax.net.ssl.SSLSocket;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

/** What listeners with TLS ask of who connects, by handshakes. */
class ClientCertificateTest {
  private static final byte[] CONNECT = {0x10, 13, 0, 4, 'M', 'Q', 'T', 'T', 4, 2, 0, 0, 0, 1, 'x'};
  private static final List<String> LISTENERS = List.of("mqtts", "https", "hook", "admin");

  @TempDir private Path folder;
  private TestAuthority fleet;
  private TestAuthority operators;
  private TestAuthority brokers;

  @BeforeEach
  void authorities() throws Exception {
    fleet = new TestAuthority("fleet");
    operators = new TestAuthority("operators");
    brokers = new TestAuthority("brokers");
  }

  private TestAuthority of(String listener) {
    return switch (listener) {
      case "hook" -> brokers;
      case "admin" -> operators;
      default -> fleet;
    };
  }

  /** TLS on all four, with an authority each for devices, brokers and operators. */
  private Map<String, String> settings(Identity server) throws Exception {
    Map<String, String> settings = new HashMap<>();
    settings.put("OTAKEY_HOOK_ENABLED", "true");
    settings.put("OTAKEY_HOOK_PORT", "0");
    Path certificate = server.certificate(folder.resolve("server.pem"));
    Path key = server.key(folder.resolve("server-key.pem"));
    for (String prefix : List.of("", "HOOK_", "ADMIN_")) {
      settings.put("OTAKEY_" + prefix + "TLS_CERTIFICATE", certificate.toString());
      settings.put("OTAKEY_" + prefix + "TLS_KEY", key.toString());
    }
    return settings;
  }

  private Map<String, String> asking() throws Exception {
    Map<String, String> settings = settings(fleet.server("EC", 256));
    settings.put("OTAKEY_TLS_CLIENTCA", fleet.pem(folder.resolve("fleet.pem")).toString());
    settings.put("OTAKEY_HOOK_TLS_CLIENTCA", brokers.pem(folder.resolve("brokers.pem")).toString());
    settings.put(
        "OTAKEY_ADMIN_TLS_CLIENTCA", operators.pem(folder.resolve("operators.pem")).toString());
    return settings;
  }

  /** How it answers a question of its protocol; empty: it does not. */
  private static Optional<String> ask(
      TestGateway gateway, String listener, Optional<Identity> shown, String... suites)
      throws Exception {
    return exchange(gateway, listener, shown, "GET /health/live HTTP/1.1", suites);
  }

  private static Optional<String> exchange(
      TestGateway gateway,
      String listener,
      Optional<Identity> shown,
      String request,
      String... suites)
      throws Exception {
    int port = gateway.gateway().endpoints().port(listener);
    try (SSLSocket socket =
        (SSLSocket)
            TestAuthority.client(shown).getSocketFactory().createSocket("127.0.0.1", port)) {
      socket.setSoTimeout(60_000);
      if (suites.length > 0) {
        socket.setEnabledCipherSuites(suites);
        socket.setEnabledProtocols(new String[] {"TLSv1.2"});
      }
      byte[] http =
          (request + "\r\nHost: localhost\r\nConnection: close\r\n\r\n")
              .getBytes(StandardCharsets.US_ASCII);
      socket.getOutputStream().write(listener.equals("mqtts") ? CONNECT : http);
      byte[] answer = socket.getInputStream().readNBytes(listener.equals("mqtts") ? 2 : 12);
      return answer.length == 0
          ? Optional.empty()
          : Optional.of(new String(answer, StandardCharsets.ISO_8859_1));
    } catch (SocketTimeoutException e) {
      throw new AssertionError("neither an answer nor a refusal", e);
    } catch (IOException e) {
      return Optional.empty();
    }
  }

  @Test
  void eachListener_letsInWhoHasACertificateOfItsAuthority_andNobodyElse() throws Exception {
    try (TestGateway gateway = TestGateway.start(folder.resolve("data"), asking())) {
      for (String listener : LISTENERS) {
        assertThat(ask(gateway, listener, Optional.of(of(listener).client())))
            .as(listener)
            .hasValueSatisfying(
                answer ->
                    assertThat(answer).containsAnyOf(" \u0002", "HTTP/1.1 200", "HTTP/1.1 4"));
        Map<String, Optional<Identity>> others = new LinkedHashMap<>();
        others.put("none", Optional.empty());
        others.put("expired", Optional.of(of(listener).expiredClient()));
        others.put("a server's", Optional.of(of(listener).server("EC", 256)));
        others.put("one of that name", Optional.of(new TestAuthority("fleet").client()));
        for (TestAuthority other : List.of(fleet, operators, brokers)) {
          if (other != of(listener)) {
            others.put("another's", Optional.of(other.client()));
          }
        }
        for (Map.Entry<String, Optional<Identity>> other : others.entrySet()) {
          assertThat(ask(gateway, listener, other.getValue()))
              .as(listener + ": " + other.getKey())
              .isEmpty();
        }
      }
    }
  }

  @Test
  void health_mayBeLeftOpen_andNothingElseIs() throws Exception {
    Map<String, String> settings = asking();
    settings.put("OTAKEY_ADMIN_TLS_OPENHEALTH", "true");
    try (TestGateway gateway = TestGateway.start(folder.resolve("data"), settings)) {
      Optional<Identity> operator = Optional.of(operators.client());
      assertThat(ask(gateway, "admin", Optional.empty())).contains("HTTP/1.1 200");
      assertThat(ask(gateway, "admin", Optional.of(brokers.client()))).isEmpty();
      for (String path :
          List.of("/", "/metrics", "/console/", "/products", "/health/../metrics", "/health")) {
        String request = "GET " + path + " HTTP/1.1";
        assertThat(exchange(gateway, "admin", Optional.empty(), request))
            .as(path)
            .contains("HTTP/1.1 403");
      }
      assertThat(exchange(gateway, "admin", operator, "GET /metrics HTTP/1.1"))
          .contains("HTTP/1.1 200");
      assertThat(exchange(gateway, "admin", operator, "GET /products HTTP/1.1"))
          .as("a certificate is no token")
          .contains("HTTP/1.1 401");
    }
  }

  @Test
  void authorities_areTakenOverWhileItRuns_andARenewedCertificateAsksOn() throws Exception {
    try (TestGateway gateway = TestGateway.start(folder.resolve("data"), asking())) {
      Optional<Identity> before = Optional.of(fleet.client());
      TestAuthority next = new TestAuthority("next");
      Optional<Identity> after = Optional.of(next.client());
      assertThat(ask(gateway, "https", after)).isEmpty();
      next.pem(folder.resolve("fleet.pem"));
      for (String listener : List.of("https", "mqtts")) {
        until(() -> ask(gateway, listener, after).isPresent());
        assertThat(ask(gateway, listener, before)).as(listener).isEmpty();
      }

      Identity renewed = fleet.server("EC", 256);
      renewed.key(folder.resolve("server-key.pem"));
      renewed.certificate(folder.resolve("server.pem"));
      for (String listener : LISTENERS) {
        until(() -> shows(gateway, listener, renewed));
        assertThat(ask(gateway, listener, Optional.empty())).as(listener).isEmpty();
      }
    }
  }

  @Test
  void whatAnAuthorityRevoked_isRefused_andTheOthersAreNot() throws Exception {
    Identity lost = fleet.client();
    Identity kept = fleet.client();
    try (TestGateway gateway = TestGateway.start(folder.resolve("data"), asking())) {
      assertThat(ask(gateway, "https", Optional.of(lost))).isPresent();
      fleet.pem(folder.resolve("fleet.pem"), lost);
      for (String listener : List.of("https", "mqtts")) {
        until(() -> ask(gateway, listener, Optional.of(lost)).isEmpty());
        assertThat(ask(gateway, listener, Optional.of(kept))).as(listener).isPresent();
      }
    }
    Map<String, String> settings = asking();
    String others = list(operators.pem(folder.resolve("list.pem"), lost));
    Files.writeString(folder.resolve("fleet.pem"), others, APPEND);
    assertThatThrownBy(() -> TestGateway.start(folder.resolve("data"), settings))
        .hasMessageContaining("a revocation list of an authority that it does not hold");
  }

  private static String list(Path pem) throws IOException {
    String text = Files.readString(pem);
    return text.substring(text.indexOf("-----BEGIN X509 CRL"));
  }

  private static boolean shows(TestGateway gateway, String listener, Identity expected)
      throws Exception {
    int port = gateway.gateway().endpoints().port(listener);
    try (SSLSocket socket =
        (SSLSocket)
            TestAuthority.client(Optional.empty())
                .getSocketFactory()
                .createSocket("127.0.0.1", port)) {
      socket.startHandshake();
      return socket.getSession().getPeerCertificates()[0].equals(expected.certificate());
    }
  }

  @FunctionalInterface
  private interface Condition {
    boolean holds() throws Exception;
  }

  private static void until(Condition condition) throws Exception {
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(60);
    while (!condition.holds()) {
      assertThat(System.nanoTime()).as("taken over in time").isLessThan(deadline);
      TimeUnit.MILLISECONDS.sleep(100);
    }
  }

  /** With a key that every suite could use. */
  @Test
  void suitesWithoutForwardSecrecyOrAuthenticatedEncryption_areRefused() throws Exception {
    try (TestGateway gateway =
        TestGateway.start(folder.resolve("data"), settings(fleet.server("RSA", 2048)))) {
      for (String listener : LISTENERS) {
        assertThat(
                ask(gateway, listener, Optional.empty(), "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256"))
            .as(listener)
            .isPresent();
        for (String weak :
            List.of(
                "TLS_RSA_WITH_AES_128_GCM_SHA256",
                "TLS_RSA_WITH_AES_128_CBC_SHA",
                "TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA256",
                "TLS_DHE_RSA_WITH_AES_128_GCM_SHA256")) {
          assertThat(ask(gateway, listener, Optional.empty(), weak))
              .as(listener + " " + weak)
              .isEmpty();
        }
        assertThat(protocol(gateway, listener)).as(listener).isEqualTo("TLSv1.3");
      }
    }
  }

  private static String protocol(TestGateway gateway, String listener) throws Exception {
    int port = gateway.gateway().endpoints().port(listener);
    try (SSLSocket socket =
        (SSLSocket)
            TestAuthority.client(Optional.empty())
                .getSocketFactory()
                .createSocket("127.0.0.1", port)) {
      socket.startHandshake();
      return socket.getSession().getProtocol();
    }
  }

  @Test
  void theCommandLine_showsItsCertificate() throws Exception {
    Path data = folder.resolve("data");
    try (TestGateway gateway = TestGateway.start(data, asking())) {
      Identity operator = operators.client();
      List<String> without =
          List.of(
              "--url=https://localhost:" + gateway.gateway().endpoints().port("admin"),
              "--token-file=" + data.resolve("admin-token"),
              "--ca=" + folder.resolve("fleet.pem"));
      List<String> with =
          List.of(
              "--client-cert=" + operator.certificate(folder.resolve("operator.pem")),
              "--client-key=" + operator.key(folder.resolve("operator-key.pem")));
      assertThat(admin(without, with)).isEqualTo("0");
      assertThat(admin(without, List.of())).startsWith("1no answer").contains("--client-cert");
      assertThat(admin(without, with.subList(0, 1))).startsWith("1--client-cert and --client-key");
      assertThat(
              admin(without, List.of(with.get(0), "--client-key=" + data.resolve("admin-token"))))
          .contains("cannot be used together");
      Map<String, String> named =
          Map.of(
              "OTAKEY_CA", folder.resolve("fleet.pem").toString(),
              "OTAKEY_CLIENT_CERT", folder.resolve("operator.pem").toString(),
              "OTAKEY_CLIENT_KEY", folder.resolve("operator-key.pem").toString());
      assertThat(admin(named, without.subList(0, 2), List.of())).isEqualTo("0");
    }
  }

  private static String admin(List<String> options, List<String> more) {
    return admin(Map.of(), options, more);
  }

  private static String admin(
      Map<String, String> environment, List<String> options, List<String> more) {
    StringWriter err = new StringWriter();
    String[] arguments =
        Stream.of(options, more, List.of("product", "list"))
            .flatMap(List::stream)
            .toArray(String[]::new);
    CommandLine line =
        CommandTree.named(new AdminCommand(environment), arguments)
            .setErr(new PrintWriter(err))
            .setOut(new PrintWriter(new StringWriter()));
    return line.execute(arguments) + err.toString();
  }

  @Test
  void settingsThatCannotWork_areNamed() throws Exception {
    Map<String, String> settings = asking();
    settings.put("OTAKEY_TLS_CLIENTCA", folder.resolve("absent.pem").toString());
    settings.remove("OTAKEY_HOOK_TLS_CERTIFICATE");
    settings.remove("OTAKEY_HOOK_TLS_KEY");
    settings.remove("OTAKEY_ADMIN_TLS_CLIENTCA");
    settings.put("OTAKEY_ADMIN_TLS_OPENHEALTH", "true");
    assertThatThrownBy(() -> TestGateway.start(folder.resolve("data"), settings))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining("tls.clientCa " + folder.resolve("absent.pem") + " cannot be read")
        .hasMessageContaining("hook.tls.clientCa needs hook.tls.certificate")
        .hasMessageContaining("admin.tls.openHealth needs admin.tls.clientCa");
  }
}
