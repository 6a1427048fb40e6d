package io.otakey.gateway.cli;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;

/** The API refused a request, and said why. */
final class RefusedException extends CommandException {
  private static final long serialVersionUID = 1;

  private final int status;

  private RefusedException(int status, String message) {
    super(message);
    this.status = status;
  }

  static RefusedException of(int status, byte[] body) {
    try {
      JsonNode problem = ApiConnection.JSON.readTree(body);
      String detail = problem == null ? "" : problem.path("detail").asText();
      if (!detail.isEmpty()) {
        return new RefusedException(status, text(problem, detail));
      }
    } catch (IOException e) {
      // Not the API's own answer; said below.
    }
    return new RefusedException(
        status, "the answer was status " + status + " without a reason: does --url lead to it?");
  }

  private static String text(JsonNode problem, String detail) {
    if (problem.path("errors").size() < 2) {
      return detail;
    }
    StringBuilder text = new StringBuilder("refused:");
    problem.path("errors").forEach(error -> text.append("\n  - ").append(error.asText()));
    return text.toString();
  }

  int status() {
    return status;
  }
}
