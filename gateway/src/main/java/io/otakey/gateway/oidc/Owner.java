package io.otakey.gateway.oidc;

import com.nimbusds.jwt.JWTClaimsSet;
import io.otakey.gateway.registry.Role;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** What the claims of a token, which was proved, make of its owner. */
final class Owner {
  private static final String PREFIX = "oidc:";
  private static final int MAX_NAME = 128;

  private final OidcConfig config;

  Owner(OidcConfig config) {
    this.config = config;
  }

  /** The greatest role that one of its values gives, with the products of all that give it. */
  Identity of(JWTClaimsSet said) throws OidcException {
    Set<String> values = new HashSet<>(texts(find(said.getClaims(), config.rolesClaim())));
    List<OidcConfig.Grant> given =
        config.grants().stream().filter(grant -> values.contains(grant.value())).toList();
    Optional<Role> greatest = given.stream().map(OidcConfig.Grant::role).max(Role::compareTo);
    if (greatest.isEmpty()) {
      throw OidcException.wrong(
          "the token is right, but nothing in its claim '"
              + config.rolesClaim()
              + "' gives a role here: ask an administrator (admin.oidc.roles)");
    }
    Set<String> products = new HashSet<>();
    boolean limited = true;
    for (OidcConfig.Grant grant : given) {
      if (grant.role() == greatest.get()) {
        limited &= !grant.products().isEmpty();
        products.addAll(grant.products());
      }
    }
    return new Identity(name(said), greatest.get(), limited ? products : Set.of());
  }

  private String name(JWTClaimsSet said) throws OidcException {
    Object name = find(said.getClaims(), config.nameClaim());
    boolean usable =
        name instanceof String text
            && !text.isBlank()
            && text.length() <= MAX_NAME
            && text.chars().noneMatch(Character::isISOControl);
    if (!usable) {
      throw OidcException.wrong(
          "the token's claim '" + config.nameClaim() + "' names nobody (admin.oidc.nameClaim)");
    }
    return PREFIX + name;
  }

  /** By its whole name, which may have dots; else member by member. */
  private static @Nullable Object find(Map<String, Object> claims, String name) {
    if (claims.containsKey(name)) {
      return claims.get(name);
    }
    Object at = claims;
    for (String part : name.split("\\.", -1)) {
      at = at instanceof Map<?, ?> object ? object.get(part) : null;
    }
    return at;
  }

  /** A list of texts, or one text with blanks between, as scopes are. */
  private static List<String> texts(@Nullable Object value) {
    if (value instanceof String text) {
      return Arrays.asList(text.split(" ", -1));
    }
    return value instanceof List<?> list
        ? list.stream().filter(String.class::isInstance).map(Objects::toString).toList()
        : List.of();
  }
}
