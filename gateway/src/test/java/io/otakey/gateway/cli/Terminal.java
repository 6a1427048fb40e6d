package io.otakey.gateway.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.otakey.gateway.admin.AdminBed;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.Map;

/** Lines of {@code otakey admin}, and what they print. */
final class Terminal {
  record Outcome(int code, String out, String err) {
    Outcome expect(int wanted) {
      assertThat(code).as(out + err).isEqualTo(wanted);
      return this;
    }

    JsonNode json() {
      try {
        return ApiConnection.JSON.readTree(out);
      } catch (IOException e) {
        throw new AssertionError(out, e);
      }
    }
  }

  private Terminal() {}

  /** With the first token. */
  static Outcome admin(AdminBed bed, String line) {
    return run(Map.of("OTAKEY_URL", bed.url(), "OTAKEY_TOKEN", bed.adminToken()), line);
  }

  static Outcome run(Map<String, String> environment, String line) {
    StringWriter out = new StringWriter();
    StringWriter err = new StringWriter();
    String[] arguments = line.split(" ", -1);
    int code =
        CommandTree.named(new AdminCommand(environment), arguments)
            .setOut(new PrintWriter(out))
            .setErr(new PrintWriter(err))
            .execute(arguments);
    return new Outcome(code, out.toString(), err.toString());
  }
}
