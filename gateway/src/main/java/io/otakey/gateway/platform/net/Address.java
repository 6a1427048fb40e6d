package io.otakey.gateway.platform.net;

import io.otakey.gateway.platform.ConnectorKind.Setting;
import io.otakey.gateway.platform.Settings;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.net.PemTrustOptions;
import java.io.ByteArrayInputStream;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * Where a platform listens, and how sure the gateway is that it is the platform.
 *
 * @param path without a slash at its end; often empty
 * @param trust certificates that TLS trusts instead of the system's
 * @param timeout for one answer, from the call to the last byte
 */
public record Address(
    String host,
    int port,
    String path,
    boolean tls,
    Optional<PemTrustOptions> trust,
    Duration timeout) {
  private static final String URL = "url";
  private static final String INSECURE = "insecure";
  private static final String CA = "ca";
  private static final String TIMEOUT = "timeout";
  private static final int MAX_TIMEOUT = 60;
  private static final int MAX_PORT = 65_535;
  // Literals only: a name may mean another machine tomorrow.
  private static final Pattern LOOPBACK =
      Pattern.compile("127\\.\\d{1,3}\\.\\d{1,3}\\.\\d{1,3}|\\[::1]|localhost");

  /**
   * Two ways to speak to a platform.
   *
   * @param plain scheme in the clear
   * @param secure scheme over TLS
   */
  public record Schemes(String plain, int plainPort, String secure, int securePort) {
    /** HTTP. */
    public static final Schemes HTTP = new Schemes("http", 80, "https", 443);

    /** MQTT. */
    public static final Schemes MQTT = new Schemes("mqtt", 1883, "mqtts", 8883);
  }

  /** The settings that an address is made of. */
  public static List<Setting> settings(Schemes schemes, String of) {
    return List.of(
        new Setting(
            URL,
            true,
            false,
            of
                + ", "
                + schemes.secure()
                + "://HOST:PORT; "
                + schemes.plain()
                + ":// to this machine only, or with insecure"),
        new Setting(
            INSECURE,
            false,
            false,
            "true allows "
                + schemes.plain()
                + ":// to other machines: whoever listens there can read the gateway's password"),
        new Setting(CA, false, false, "certificates to trust instead of the system's, as PEM text"),
        new Setting(TIMEOUT, false, false, "seconds to wait for an answer, 1 to 60, default 10"));
  }

  /** The address that settings tell of; empty, and a sentence for each fault, if they do not. */
  public static Optional<Address> read(Settings settings, Schemes schemes, List<String> problems) {
    int before = problems.size();
    String insecure = settings.get(INSECURE, "false");
    if (!insecure.equals("true") && !insecure.equals("false")) {
      problems.add("insecure must be true or false");
    }
    Optional<Duration> timeout = timeout(settings.get(TIMEOUT, "10"), problems);
    Optional<PemTrustOptions> trust = settings.get(CA).flatMap(pem -> trust(pem, problems));
    URI uri = uri(settings.get(URL, ""), schemes, problems);
    if (problems.size() > before) {
      return Optional.empty();
    }
    boolean tls = uri.getScheme().equals(schemes.secure());
    if (!tls && insecure.equals("false") && !LOOPBACK.matcher(uri.getHost()).matches()) {
      problems.add(
          "url: "
              + schemes.plain()
              + " to another machine shows the gateway's password to the network: use "
              + schemes.secure()
              + ", or set insecure to true");
      return Optional.empty();
    }
    int fallback = tls ? schemes.securePort() : schemes.plainPort();
    int port = uri.getPort() == -1 ? fallback : uri.getPort();
    String path = uri.getRawPath().replaceAll("/+$", "");
    return timeout.map(limit -> new Address(bare(uri.getHost()), port, path, tls, trust, limit));
  }

  /** As {@link #read}, from settings that were checked before. */
  public static Address of(Settings settings, Schemes schemes) {
    List<String> problems = new ArrayList<>();
    return read(settings, schemes, problems)
        .orElseThrow(() -> new IllegalArgumentException(String.join("; ", problems)));
  }

  /** For messages. */
  @Override
  public String toString() {
    return host + ":" + port;
  }

  private static URI uri(String text, Schemes schemes, List<String> problems) {
    try {
      URI uri = new URI(text);
      boolean scheme =
          schemes.plain().equals(uri.getScheme()) || schemes.secure().equals(uri.getScheme());
      if (scheme
          && uri.getHost() != null
          && uri.getPort() != 0
          && uri.getPort() <= MAX_PORT
          && uri.getRawUserInfo() == null
          && uri.getRawQuery() == null
          && uri.getRawFragment() == null) {
        return uri;
      }
    } catch (URISyntaxException | NumberFormatException e) { // the latter: [::99999999999.9]
      // Its message repeats the text, which may hold a password.
    }
    problems.add(
        "url must be "
            + schemes.secure()
            + "://HOST:PORT or "
            + schemes.plain()
            + "://HOST:PORT, without a user, a query or a fragment");
    return URI.create("");
  }

  private static String bare(String host) {
    return host.startsWith("[") ? host.substring(1, host.length() - 1) : host;
  }

  private static Optional<Duration> timeout(String text, List<String> problems) {
    if (text.matches("\\d{1,2}")) {
      int seconds = Integer.parseInt(text);
      if (seconds >= 1 && seconds <= MAX_TIMEOUT) {
        return Optional.of(Duration.ofSeconds(seconds));
      }
    }
    problems.add("timeout must be 1 to " + MAX_TIMEOUT + " seconds");
    return Optional.empty();
  }

  private static Optional<PemTrustOptions> trust(String pem, List<String> problems) {
    try {
      byte[] bytes = pem.getBytes(StandardCharsets.UTF_8);
      CertificateFactory x509 = CertificateFactory.getInstance("X.509");
      if (!x509.generateCertificates(new ByteArrayInputStream(bytes)).isEmpty()) {
        return Optional.of(new PemTrustOptions().addCertValue(Buffer.buffer(bytes)));
      }
    } catch (CertificateException e) {
      // Said below.
    }
    problems.add("ca holds no certificates: it must be PEM text, not the name of a file");
    return Optional.empty();
  }
}
