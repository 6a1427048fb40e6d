package io.otakey.gateway.doctor;

import io.otakey.gateway.config.DatabaseConfig;
import io.otakey.gateway.registry.pg.DatabaseExam;
import io.otakey.gateway.registry.pg.DatabaseStartException;
import io.otakey.gateway.registry.pg.EmbeddedExam;
import io.otakey.gateway.registry.pg.PgEndpoint;
import io.otakey.gateway.vault.VaultContents;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** The database, without a word that would change it. */
final class DatabaseCheck {
  private static final String NAME = "database";
  private static final long PATIENCE_SECONDS = 40;
  private static final Duration SKEW = Duration.ofSeconds(1);

  /** The oldest that was tried. */
  private static final int OLDEST = 15;

  /** The newest that was tried, which the gateway brings along. */
  private static final int NEWEST = 17;

  private static final int MAJOR = 10_000;

  private DatabaseCheck() {}

  static List<Finding> look(DatabaseConfig config, VaultCheck vault) {
    try {
      Optional<PgEndpoint> external = config.external();
      if (external.isPresent()) {
        return look(external.get(), config.tuning().connections(), vault);
      }
      EmbeddedExam embedded = EmbeddedExam.of(config.embedded());
      if (embedded.serving().isPresent()) {
        List<Finding> findings = new ArrayList<>();
        findings.add(Finding.ok(NAME, "the embedded PostgreSQL runs"));
        findings.addAll(look(embedded.serving().get(), 0, vault)); // its gateway has its own
        return findings;
      }
      return List.of(
          Finding.ok(
              NAME,
              embedded.made()
                  ? "the embedded PostgreSQL "
                      + embedded.version()
                      + " is not running now: what is in it was not looked at"
                  : "the embedded PostgreSQL is made at the first start"));
    } catch (DatabaseStartException e) {
      return List.of(Finding.fault(NAME, e));
    }
  }

  private static List<Finding> look(PgEndpoint endpoint, int connections, VaultCheck vault) {
    Vertx vertx = Vertx.vertx();
    try {
      DatabaseExam exam =
          DatabaseExam.of(vertx, endpoint).await(PATIENCE_SECONDS, TimeUnit.SECONDS);
      List<Finding> findings = new ArrayList<>(judge(exam, connections));
      installation(exam, vault).ifPresent(findings::add);
      return findings;
    } catch (DatabaseStartException e) {
      return List.of(reachable(e));
    } catch (TimeoutException e) {
      return List.of(
          Finding.fault(
              NAME,
              endpoint + " does not answer within " + PATIENCE_SECONDS + " s",
              "check database.host and database.port, and what is between"));
    } finally {
      vertx.close();
    }
  }

  /** Fault and remedy as the gateway's own message has them, the remedy in its last brackets. */
  private static Finding reachable(DatabaseStartException failure) {
    String message = String.valueOf(failure.getMessage());
    int bracket = message.lastIndexOf(" (");
    return bracket > 0 && message.endsWith(")")
        ? Finding.fault(
            NAME,
            message.substring(0, bracket).strip(),
            message.substring(bracket + 2, message.length() - 1))
        : Finding.fault(NAME, failure);
  }

  static List<Finding> judge(DatabaseExam exam, int connections) {
    List<Finding> findings = new ArrayList<>();
    findings.add(version(exam));
    findings.add(clock(exam));
    findings.add(schema(exam));
    if (exam.standby()) {
      findings.add(
          Finding.fault(NAME, "it is a standby, which takes no writes", "name the primary"));
    }
    if (!exam.notDurable().isEmpty()) {
      findings.add(
          Finding.fault(
              NAME,
              "it may lose what it acknowledged",
              "switch on " + String.join(", ", exam.notDurable())));
    }
    findings.add(role(exam, connections > 0));
    if (connections > 0) {
      findings.add(connections(exam.freeConnections(), connections));
    }
    return findings;
  }

  private static Finding version(DatabaseExam exam) {
    int major = exam.version() / MAJOR;
    String text = "PostgreSQL " + exam.versionText();
    if (major < OLDEST) {
      return Finding.fault(
          NAME, text + " is older than any that was tried", "use " + OLDEST + " to " + NEWEST);
    }
    return major <= NEWEST
        ? Finding.ok(NAME, text + " answers")
        : Finding.warning(NAME, text + " was not tried", "use " + OLDEST + " to " + NEWEST);
  }

  private static Finding clock(DatabaseExam exam) {
    Duration unsure = exam.roundTrip().dividedBy(2);
    String text =
        String.format(
            Locale.ROOT,
            "its clock is %.3f s %s ours, give or take %.3f",
            Math.abs(exam.ahead().toMillis()) / 1000.0,
            exam.ahead().isNegative() ? "behind" : "ahead of",
            unsure.toNanos() / 1e9);
    return exam.ahead().abs().compareTo(SKEW.plus(unsure)) > 0
        ? Finding.warning(NAME, text, "let NTP keep both clocks")
        : Finding.ok(NAME, text);
  }

  private static Finding schema(DatabaseExam exam) {
    int found = exam.schema();
    int known = exam.knownSchema();
    if (found > known) {
      return Finding.fault(
          NAME,
          "schema version " + found + ", this gateway knows versions up to " + known,
          "start a gateway at least as new as the one that last used this database,"
              + " or restore a backup made before the upgrade");
    }
    if (found == known) {
      return Finding.ok(NAME, "schema version " + found + ", this gateway's");
    }
    if (!exam.mayUpgrade()) {
      return Finding.fault(
          NAME,
          (found == 0 ? "it has no tables" : "schema version " + found)
              + ", this gateway needs version "
              + known
              + ", and its user may not make it",
          "run otakey database migrate as the role that owns the database");
    }
    return found == 0
        ? Finding.ok(NAME, "empty: the schema is made at the first start")
        : Finding.warning(
            NAME,
            "schema version "
                + found
                + ": this gateway brings it to "
                + known
                + " when it starts, and older ones cannot start again then",
            "make a backup first");
  }

  /** The embedded one's only user is the gateway's, and starts it. */
  private static Finding role(DatabaseExam exam, boolean external) {
    if (!exam.lacking().isEmpty()) {
      return Finding.fault(
          NAME,
          "its user lacks " + String.join(", ", exam.lacking()),
          "run otakey database migrate --grant USER as the role that owns the tables");
    }
    return switch (exam.standing()) {
      case SUPERUSER ->
          external
              ? excessive("is a superuser, who may run programs on the database's machine")
              : Finding.ok(NAME, "its user is the gateway's own");
      case OWNER -> excessive("owns the tables, and could empty the audit log");
      case GUEST -> Finding.ok(NAME, "its user owns no table");
    };
  }

  private static Finding excessive(String what) {
    return Finding.warning(
        NAME,
        "its user " + what,
        "log in as a role of the gateway's own, made with otakey database migrate --grant");
  }

  private static Finding connections(int free, int needed) {
    String text = "takes " + free + " more connections, this node needs " + needed;
    return free >= needed
        ? Finding.ok(NAME, text)
        : Finding.warning(
            NAME,
            text,
            "nothing if this node runs already; else raise max_connections or the user's limit");
  }

  /** Whether vault and database belong together. */
  static Optional<Finding> installation(DatabaseExam exam, VaultCheck vault) {
    if (exam.installation().isEmpty()) {
      return Optional.empty();
    }
    String id = exam.installation().get().toString();
    if (vault.contents().isEmpty()) {
      return Optional.of(
          Finding.fault(
              "vault",
              "none that can be used is here, and the database is of installation " + id,
              "put that installation's vault here, or configure an empty database"));
    }
    VaultContents contents = vault.contents().get();
    if (!contents.installationId().toString().equals(id)) {
      return Optional.of(
          Finding.fault(
              "vault",
              "it is of another installation than the database, " + id,
              "configure the vault that belongs to this database, or restore the database that"
                  + " belongs to this vault"));
    }
    boolean behind = exam.vaultMark().map(mark -> !mark.equals(contents.mark())).orElse(false);
    return Optional.of(
        behind
            ? Finding.warning(
                "vault",
                "it is not the one in force",
                "copy the file here from a node that has it; if this is the newer one, run"
                    + " otakey admin vault reload on this node")
            : Finding.ok("vault", "of the database's installation, and in force"));
  }
}
