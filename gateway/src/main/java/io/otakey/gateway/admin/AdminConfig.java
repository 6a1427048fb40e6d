package io.otakey.gateway.admin;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * The administration port.
 *
 * @param host address to listen on; the loopback unless operators come from elsewhere
 * @param port 1..65535, or 0 for any free one
 * @param tls key and certificate; without it tokens travel in clear
 * @param metricsNeedsToken whether {@code /metrics} wants a viewer's token that is not limited
 * @param maxBodyBytes largest JSON body, 1024..16777216
 * @param maxConfigBytes largest YAML body, 1024..3145728 (the parser takes no more)
 * @param gatewayAddresses where devices find the gateway, 1 or 2, for bundles that name none
 */
public record AdminConfig(
    String host,
    int port,
    Optional<Tls> tls,
    boolean metricsNeedsToken,
    int maxBodyBytes,
    int maxConfigBytes,
    List<String> gatewayAddresses) {
  /** PEM files. */
  public record Tls(Path key, Path certificate) {}

  /** Port 8081 on the loopback. */
  public static final AdminConfig DEFAULT =
      new AdminConfig(
          "127.0.0.1", 8081, Optional.empty(), false, 1 << 20, 2 << 20, List.of("127.0.0.1"));

  private static final int MIN_BODY = 1024;
  private static final int MAX_BODY = 16 << 20;
  private static final int MAX_CONFIG = 3 << 20;

  /** Copies the list. */
  public AdminConfig {
    gatewayAddresses = List.copyOf(gatewayAddresses);
  }

  /** The same on another port. */
  public AdminConfig withPort(int other) {
    return new AdminConfig(
        host, other, tls, metricsNeedsToken, maxBodyBytes, maxConfigBytes, gatewayAddresses);
  }

  /** The same with TLS. */
  public AdminConfig withTls(Tls files) {
    return new AdminConfig(
        host,
        port,
        Optional.of(files),
        metricsNeedsToken,
        maxBodyBytes,
        maxConfigBytes,
        gatewayAddresses);
  }

  /** The same with or without a token for the metrics. */
  public AdminConfig withMetricsToken(boolean needed) {
    return new AdminConfig(host, port, tls, needed, maxBodyBytes, maxConfigBytes, gatewayAddresses);
  }

  /** Adds a sentence for everything that makes no sense. */
  public void validate(List<String> problems) {
    if (host.isBlank()) {
      problems.add("admin.host is empty: give an address of this machine, as 127.0.0.1");
    }
    checkRange("admin.port", port, 0, 65_535, problems);
    checkRange("admin.maxBodyBytes", maxBodyBytes, MIN_BODY, MAX_BODY, problems);
    checkRange("admin.maxConfigBytes", maxConfigBytes, MIN_BODY, MAX_CONFIG, problems);
    tls.ifPresent(
        files -> {
          checkFile("admin.tls.key", files.key(), problems);
          checkFile("admin.tls.certificate", files.certificate(), problems);
        });
    Bundle.checkAddresses("admin.gatewayAddresses", gatewayAddresses, problems);
  }

  private static void checkRange(String what, int value, int min, int max, List<String> problems) {
    if (value < min || value > max) {
      problems.add(what + " is " + value + ", outside " + min + ".." + max);
    }
  }

  private static void checkFile(String what, Path file, List<String> problems) {
    if (!Files.isReadable(file)) {
      problems.add(what + ": " + file + " cannot be read: give a PEM file");
    }
  }
}
