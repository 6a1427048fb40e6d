package io.otakey.gateway.admin;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.classic.spi.ThrowableProxyUtil;
import ch.qos.logback.core.AppenderBase;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.slf4j.LoggerFactory;

@ExtendWith(AdminBed.Extension.class)
class SecrecyTest {
  /** Every level of our own loggers, and what libraries log at debug. */
  @Test
  void secrets_reachNeitherLogNorAudit(AdminBed bed) {
    String key = "c0ffee0123456789".repeat(4);
    Recorder recorder = new Recorder();
    Logger root = (Logger) LoggerFactory.getLogger(org.slf4j.Logger.ROOT_LOGGER_NAME);
    LoggerContext context = root.getLoggerContext();
    Map<Logger, Level> before = new HashMap<>();
    recorder.setContext(context);
    recorder.start();
    for (Logger logger : context.getLoggerList()) {
      if (logger.getLevel() != null) {
        before.put(logger, logger.getLevel());
        logger.setLevel(Level.DEBUG);
      }
    }
    root.addAppender(recorder);
    LoggerFactory.getLogger("io.otakey.probe").debug("recorded");
    String made;
    String guessed = ApiTokenText.generate();
    try {
      String product = bed.product();
      String keys = "/products/" + product + "/keys";
      bed.admin().post(keys, "{\"key\":\"" + key + "\"}").expect(201);
      bed.admin().post(keys, "{\"key\":\"" + key + "x\"}").expect(400);
      bed.admin().post(keys, "{\"key\":\"" + key + "\"").expect(400);
      bed.admin().get("/products/" + product + "/bundle").expect(200);
      made =
          bed.admin()
              .post("/tokens", "{\"name\":\"quiet\",\"role\":\"viewer\"}")
              .expect(201)
              .json()
              .path("token")
              .asText();
      new ApiClient(bed.url(), made).get("/tokens").expect(403);
      new ApiClient(bed.url(), guessed).get("/tokens").expect(401);
    } finally {
      before.forEach(Logger::setLevel);
      root.detachAppender(recorder);
    }
    String log = String.join("\n", recorder.lines);
    String audit = bed.admin().get("/audit?limit=1000").expect(200).text();
    assertThat(log).contains("recorded");
    for (String secret : List.of(key, made, guessed, bed.adminToken())) {
      assertThat(log).doesNotContainIgnoringCase(secret);
      assertThat(audit).doesNotContainIgnoringCase(secret);
    }
  }

  private static final class Recorder extends AppenderBase<ILoggingEvent> {
    private final List<String> lines = new CopyOnWriteArrayList<>();

    @Override
    protected void append(ILoggingEvent event) {
      String stack =
          event.getThrowableProxy() == null
              ? ""
              : ThrowableProxyUtil.asString(event.getThrowableProxy());
      lines.add(event.getLoggerName() + " " + event.getFormattedMessage() + stack);
    }
  }
}
