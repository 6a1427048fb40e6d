package io.otakey.gateway.oidc;

import static org.assertj.core.api.Assertions.assertThat;

import io.otakey.gateway.oidc.OidcConfig.Grant;
import io.otakey.gateway.registry.Role;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;

class OidcConfigTest {
  @Test
  void grants_areReadAndWrittenAgain() {
    assertThat(Grant.parse("/ops=operator:meter:valve"))
        .contains(new Grant("/ops", Role.OPERATOR, Set.of("meter", "valve")));
    assertThat(Grant.parse("a=b=admin")).contains(new Grant("a=b", Role.ADMIN, Set.of()));
    for (String text : List.of("ops=operator:meter:valve", "x=viewer")) {
      assertThat(Grant.parse(text).orElseThrow().text()).isEqualTo(text);
    }
    for (String text : List.of("", "ops", "=admin", "ops=root", "ops=admin:", "ops=admin:Not OK")) {
      assertThat(Grant.parse(text)).as(text).isEmpty();
    }
  }

  @Test
  void everythingWrong_isNamed() {
    List<String> problems = new ArrayList<>();
    new OidcConfig("http://idp.example", "", "", "sub", List.of(), Optional.of(Path.of("/no/file")))
        .validate(problems);
    assertThat(String.join("\n", problems))
        .contains("issuer", "audience", "roles is empty", "rolesClaim", "caFile");
    assertThat(OidcConfig.isSafe("https://idp.example/realms/x")).isTrue();
    assertThat(OidcConfig.isSafe("http://127.0.0.1:8080/realms/x")).isTrue();
    for (String url :
        List.of("http://10.0.0.1/", "https://u:p@idp/", "ftp://127.0.0.1/", "null", "https:", "")) {
      assertThat(OidcConfig.isSafe(url)).as(url).isFalse();
    }
  }
}
