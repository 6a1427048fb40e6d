package io.otakey.gateway.admin;

import io.otakey.gateway.oidc.OidcConfig;
import io.otakey.gateway.tls.PemFiles;
import java.util.List;
import java.util.Optional;

/**
 * The administration port.
 *
 * @param host address to listen on; the loopback unless operators come from elsewhere
 * @param port 1..65535, or 0 for any free one
 * @param tls key and certificate; without it tokens travel in clear
 * @param openHealth health needs no client certificate where everything else does
 * @param metricsNeedsToken whether {@code /metrics} wants a viewer's token that is not limited
 * @param maxBodyBytes largest JSON body, 1024..16777216
 * @param maxConfigBytes largest YAML body, 1024..3145728 (the parser takes no more)
 * @param gatewayAddresses where devices find the gateway, 1 or 2, for bundles that name none
 * @param oidc whose access tokens are taken besides the gateway's own
 */
public record AdminConfig(
    String host,
    int port,
    Optional<PemFiles> tls,
    boolean openHealth,
    boolean metricsNeedsToken,
    int maxBodyBytes,
    int maxConfigBytes,
    List<String> gatewayAddresses,
    Optional<OidcConfig> oidc) {
  /** Port 8081 on the loopback. */
  public static final AdminConfig DEFAULT =
      new AdminConfig(
          "127.0.0.1",
          8081,
          Optional.empty(),
          false,
          false,
          1 << 20,
          2 << 20,
          List.of("127.0.0.1"),
          Optional.empty());

  private static final int MIN_BODY = 1024;
  private static final int MAX_BODY = 16 << 20;
  private static final int MAX_CONFIG = 3 << 20;

  /** Copies the list. */
  public AdminConfig {
    gatewayAddresses = List.copyOf(gatewayAddresses);
  }

  /** The same on another port. */
  public AdminConfig withPort(int other) {
    return with(other, tls, openHealth, metricsNeedsToken);
  }

  /** The same with TLS. */
  public AdminConfig withTls(PemFiles files) {
    return with(port, Optional.of(files), openHealth, metricsNeedsToken);
  }

  /** The same with health for whoever asks. */
  public AdminConfig withOpenHealth() {
    return with(port, tls, true, metricsNeedsToken);
  }

  /** The same with or without a token for the metrics. */
  public AdminConfig withMetricsToken(boolean needed) {
    return with(port, tls, openHealth, needed);
  }

  /** The same with a provider of identities. */
  public AdminConfig withOidc(OidcConfig provider) {
    return new AdminConfig(
        host,
        port,
        tls,
        openHealth,
        metricsNeedsToken,
        maxBodyBytes,
        maxConfigBytes,
        gatewayAddresses,
        Optional.of(provider));
  }

  private AdminConfig with(
      int thePort, Optional<PemFiles> files, boolean open, boolean metricsToken) {
    return new AdminConfig(
        host,
        thePort,
        files,
        open,
        metricsToken,
        maxBodyBytes,
        maxConfigBytes,
        gatewayAddresses,
        oidc);
  }

  /** Adds a sentence for everything that makes no sense. */
  public void validate(List<String> problems) {
    if (host.isBlank()) {
      problems.add("admin.host is empty: give an address of this machine, as 127.0.0.1");
    }
    checkRange("admin.port", port, 0, 65_535, problems);
    checkRange("admin.maxBodyBytes", maxBodyBytes, MIN_BODY, MAX_BODY, problems);
    checkRange("admin.maxConfigBytes", maxConfigBytes, MIN_BODY, MAX_CONFIG, problems);
    tls.ifPresent(files -> files.validate("admin.tls", problems));
    if (openHealth && tls.flatMap(PemFiles::clientCa).isEmpty()) {
      problems.add("admin.tls.openHealth needs admin.tls.clientCa: set that, too, or neither");
    }
    Bundle.checkAddresses("admin.gatewayAddresses", gatewayAddresses, problems);
    oidc.ifPresent(provider -> provider.validate(problems));
  }

  private static void checkRange(String what, int value, int min, int max, List<String> problems) {
    if (value < min || value > max) {
      problems.add(what + " is " + value + ", outside " + min + ".." + max);
    }
  }
}
