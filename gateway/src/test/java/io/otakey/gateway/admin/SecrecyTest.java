package io.otakey.gateway.admin;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.LoggerContext;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.slf4j.LoggerFactory;

@ExtendWith(AdminBed.Extension.class)
class SecrecyTest {
  /** Ours and the libraries' loggers at debug. */
  @Test
  void secrets_reachNeitherLogNorAudit(AdminBed bed) {
    String key = "c0ffee0123456789".repeat(4);
    String guessed = ApiTokenText.generate();
    String[] made = new String[1];
    String log =
        logOf(
            () -> {
              LoggerFactory.getLogger("io.otakey.probe").debug("recorded");
              String product = bed.product();
              String keys = "/products/" + product + "/keys";
              bed.admin().post(keys, "{\"key\":\"" + key + "\"}").expect(201);
              bed.admin().post(keys, "{\"key\":\"" + key + "x\"}").expect(400);
              bed.admin().post(keys, "{\"key\":\"" + key + "\"").expect(400);
              bed.admin().get("/products/" + product + "/bundle").expect(200);
              made[0] =
                  bed.admin()
                      .post("/tokens", "{\"name\":\"quiet\",\"role\":\"viewer\"}")
                      .expect(201)
                      .json()
                      .path("token")
                      .asText();
              new ApiClient(bed.url(), made[0]).get("/tokens").expect(403);
              new ApiClient(bed.url(), guessed).get("/tokens").expect(401);
            });
    String audit = bed.admin().get("/audit?limit=1000").expect(200).text();
    assertThat(log).contains("recorded");
    for (String secret : List.of(key, made[0], guessed, bed.adminToken())) {
      assertThat(secret).hasSize(64);
      assertThat(log).doesNotContainIgnoringCase(secret);
      assertThat(audit).doesNotContainIgnoringCase(secret);
    }
  }

  /** The console's log while an action runs. */
  private static String logOf(Runnable action) {
    LoggerContext context = (LoggerContext) LoggerFactory.getILoggerFactory();
    Map<Logger, Level> levels = new HashMap<>();
    ByteArrayOutputStream log = new ByteArrayOutputStream();
    PrintStream out = System.out;
    PrintStream err = System.err;
    for (Logger logger : context.getLoggerList()) {
      if (logger.getLevel() != null) {
        levels.put(logger, logger.getLevel());
        logger.setLevel(Level.DEBUG);
      }
    }
    PrintStream captured = new PrintStream(log, true, StandardCharsets.UTF_8);
    System.setOut(captured);
    System.setErr(captured);
    try {
      action.run();
    } finally {
      System.setOut(out);
      System.setErr(err);
      levels.forEach(Logger::setLevel);
    }
    return log.toString(StandardCharsets.UTF_8);
  }
}
