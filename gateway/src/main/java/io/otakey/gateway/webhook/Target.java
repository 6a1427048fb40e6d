package io.otakey.gateway.webhook;

import java.net.URI;
import java.net.URISyntaxException;
import java.util.Optional;

/**
 * Where a URL leads.
 *
 * @param uri path and query, begins with a slash
 */
record Target(String host, int port, String uri, boolean tls) {
  private static final int MAX_LENGTH = 2000;
  private static final int MAX_PORT = 65_535;

  static Optional<Target> parse(String url) {
    try {
      URI parsed = new URI(url);
      boolean tls = "https".equals(parsed.getScheme());
      boolean known = tls || "http".equals(parsed.getScheme());
      if (!known
          || url.length() > MAX_LENGTH
          || parsed.getHost() == null
          || parsed.getPort() == 0
          || parsed.getPort() > MAX_PORT
          || parsed.getRawUserInfo() != null
          || parsed.getRawFragment() != null) {
        return Optional.empty();
      }
      int port = parsed.getPort() != -1 ? parsed.getPort() : tls ? 443 : 80;
      String path = parsed.getRawPath().isEmpty() ? "/" : parsed.getRawPath();
      String query = parsed.getRawQuery() == null ? "" : "?" + parsed.getRawQuery();
      return Optional.of(new Target(bare(parsed.getHost()), port, path + query, tls));
    } catch (URISyntaxException | NumberFormatException e) { // the latter: [::99999999999.9]
      return Optional.empty();
    }
  }

  private static String bare(String host) {
    return host.startsWith("[") ? host.substring(1, host.length() - 1) : host;
  }
}
