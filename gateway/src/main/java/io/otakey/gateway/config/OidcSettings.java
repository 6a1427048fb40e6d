package io.otakey.gateway.config;

import io.otakey.gateway.oidc.OidcConfig;
import io.otakey.gateway.oidc.OidcConfig.Grant;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/** The settings {@code admin.oidc.*}. */
final class OidcSettings {
  private OidcSettings() {}

  static Optional<OidcConfig> read(Settings settings) {
    String issuer =
        settings.text(
            "admin.oidc.issuer", "", "whose access tokens the API takes, too; empty = nobody's");
    String audience =
        settings.text("admin.oidc.audience", "", "what such tokens have to be meant for");
    String roles =
        settings.text(
            "admin.oidc.rolesClaim",
            "roles",
            "where they say what their owner is; dots lead inside");
    String name =
        settings.text("admin.oidc.nameClaim", "sub", "what the audit log calls their owner");
    List<Grant> grants =
        settings.list(
            "admin.oidc.roles",
            List.of(),
            Grant::parse,
            Grant::text,
            "what a value gives: VALUE=ROLE or, limited, VALUE=ROLE:PRODUCT:PRODUCT");
    Optional<Path> ca =
        settings.path("admin.oidc.caFile", "PEM, to verify the provider instead of the system's");
    if (issuer.isEmpty() && !(audience.isEmpty() && grants.isEmpty())) {
      settings.problem("admin.oidc.issuer", "is missing: other settings of admin.oidc are there");
    }
    return issuer.isEmpty()
        ? Optional.empty()
        : Optional.of(new OidcConfig(issuer, audience, roles, name, grants, ca));
  }
}
