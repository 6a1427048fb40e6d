package io.otakey.gateway.admin;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.otakey.gateway.admin.Contract.Operation;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith(AdminBed.Extension.class)
class ContractTest {
  private final Contract contract = Contract.load();

  /** The API's start fails if an operation is not served, or something is served beyond these. */
  @Test
  void everyOperation_isRouted(AdminBed bed) {
    ApiClient anybody = new ApiClient(bed.url(), null);
    for (Operation operation : contract.operations()) {
      String path = operation.path().replaceAll("\\{\\w+}", "1");
      int status = anybody.send(operation.method().name(), path, null, "").status();
      assertThat(status).as(operation.id()).isEqualTo(operation.role().isPresent() ? 401 : 200);
    }
  }

  @Test
  void everyOperation_hasRoleScopeSummaryAndProblem() {
    Set<String> ids = new HashSet<>();
    for (Operation operation : contract.operations()) {
      assertThat(ids.add(operation.id())).as(operation.id()).isTrue();
      assertThat(operation.node().path("summary").asText()).as(operation.id()).isNotBlank();
      assertThat(operation.node().path("responses").path("default").path("$ref").asText())
          .as(operation.id())
          .isEqualTo("#/components/responses/Problem");
      assertThat(operation.scope() == Contract.Scope.OPEN)
          .as(operation.id())
          .isEqualTo(operation.role().isEmpty());
      assertThat(operation.scope() == Contract.Scope.PRODUCT)
          .as(operation.id())
          .isEqualTo(operation.path().startsWith("/products/{productId}"));
    }
  }

  @Test
  void everyReference_pointsToSomething() {
    List<JsonNode> references = contract.document().findValues("$ref");
    assertThat(references).hasSizeGreaterThan(50);
    for (JsonNode reference : references) {
      JsonNode target = contract.document().at(reference.asText().substring(1));
      assertThat(target.isMissingNode()).as(reference.asText()).isFalse();
    }
  }

  @Test
  void everyPathParameter_isDeclared() {
    for (Operation operation : contract.operations()) {
      JsonNode shared = contract.document().path("paths").path(operation.path()).path("parameters");
      Set<String> declared = new HashSet<>();
      shared.forEach(parameter -> declared.add(contract.resolve(parameter).path("name").asText()));
      for (String part : operation.path().split("/", -1)) {
        if (part.startsWith("{")) {
          assertThat(declared).as(operation.id()).contains(part.substring(1, part.length() - 1));
        }
      }
    }
  }

  @Test
  void page_showsEveryOperationWithoutScripts(AdminBed bed) {
    ApiClient.Answer page = new ApiClient(bed.url(), null).get("/").expect(200);
    for (Operation operation : contract.operations()) {
      assertThat(page.text()).contains("<code>" + operation.path() + "</code>");
    }
    assertThat(page.text()).doesNotContain("<script", "http://", "https://", "src=");
    assertThat(page.header("Content-Security-Policy").orElseThrow())
        .startsWith("default-src 'none'")
        .contains("style-src 'sha256-")
        .doesNotContain("unsafe");
  }

  @Test
  void contract_isServedAsItIs(AdminBed bed) {
    ApiClient.Answer answer = new ApiClient(bed.url(), null).get("/openapi.yaml").expect(200);
    assertThat(answer.response().body()).isEqualTo(contract.text());
  }
}
