package io.otakey.gateway.oidc;

import io.otakey.gateway.registry.Role;
import io.otakey.protocol.wire.DeviceRef;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;

/**
 * Whose access tokens are taken, and what they let do.
 *
 * @param issuer exactly as the provider writes itself into tokens
 * @param audience that a token must be meant for
 * @param rolesClaim where a token says what its owner is; dots lead into objects
 * @param nameClaim what the audit log calls its owner
 * @param grants what owners of which values may; the first of the greatest role counts
 * @param caFile PEM, what to trust instead of the system's authorities
 */
public record OidcConfig(
    String issuer,
    String audience,
    String rolesClaim,
    String nameClaim,
    List<Grant> grants,
    Optional<Path> caFile) {
  /** Copies the list. */
  public OidcConfig {
    grants = List.copyOf(grants);
  }

  /**
   * What a value gives.
   *
   * @param products that it is limited to; empty = not limited
   */
  public record Grant(String value, Role role, Set<String> products) {
    /** Copies the set. */
    public Grant {
      products = Set.copyOf(products);
    }

    /** Reads {@code VALUE=ROLE} or {@code VALUE=ROLE:PRODUCT:PRODUCT}. */
    public static Optional<Grant> parse(String text) {
      int equals = text.lastIndexOf('=');
      if (equals < 1) {
        return Optional.empty();
      }
      List<String> parts = List.of(text.substring(equals + 1).split(":", -1));
      List<String> products = parts.subList(1, parts.size());
      Optional<Role> role =
          Arrays.stream(Role.values())
              .filter(one -> one.name().toLowerCase(Locale.ROOT).equals(parts.get(0)))
              .findFirst();
      return role.filter(known -> products.stream().allMatch(DeviceRef::isProductId))
          .map(known -> new Grant(text.substring(0, equals), known, new HashSet<>(products)));
    }

    /** What {@link #parse} reads. */
    public String text() {
      List<String> parts = new ArrayList<>(List.of(role.name().toLowerCase(Locale.ROOT)));
      products.stream().sorted().forEach(parts::add);
      return value + "=" + String.join(":", parts);
    }
  }

  /** Whether tokens and keys may come from there: over TLS, or from this machine. */
  static boolean isSafe(String url) {
    try {
      URI uri = URI.create(url);
      boolean plainOnLoopback =
          "http".equals(uri.getScheme())
              && Set.of("127.0.0.1", "localhost", "[::1]").contains(String.valueOf(uri.getHost()));
      return uri.getHost() != null
          && uri.getRawUserInfo() == null
          && uri.getRawFragment() == null
          && ("https".equals(uri.getScheme()) || plainOnLoopback);
    } catch (IllegalArgumentException e) {
      return false;
    }
  }

  /** Adds a sentence for everything that makes no sense. */
  public void validate(List<String> problems) {
    if (!isSafe(issuer) || issuer.indexOf('?') >= 0) {
      problems.add(
          "admin.oidc.issuer must be https://… without a user, a query or a fragment, exactly as"
              + " the provider's tokens have it (http:// on this machine only)");
    }
    if (audience.isBlank()) {
      problems.add("admin.oidc.audience is empty: name what tokens for this gateway are meant for");
    }
    if (grants.isEmpty()) {
      problems.add("admin.oidc.roles is empty: nobody could do anything; as ops=operator");
    }
    if (rolesClaim.isBlank() || nameClaim.isBlank()) {
      problems.add("admin.oidc.rolesClaim and admin.oidc.nameClaim must name claims");
    }
    caFile
        .filter(file -> !Files.isReadable(file))
        .ifPresent(
            file ->
                problems.add("admin.oidc.caFile: " + file + " cannot be read: give a PEM file"));
  }
}
