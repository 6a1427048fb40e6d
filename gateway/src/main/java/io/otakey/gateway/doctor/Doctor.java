package io.otakey.gateway.doctor;

import io.otakey.gateway.config.ConfigException;
import io.otakey.gateway.config.ConfigReader;
import io.otakey.gateway.config.GatewayConfig;
import io.otakey.gateway.journal.JournalConfig;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/** Everything that is looked at, in the order of the report. Blocks. */
final class Doctor {
  /** What the embedded PostgreSQL lets its write-ahead log grow to (max_wal_size). */
  private static final long LOG_BYTES = 1L << 30;

  private static final long DATA_BYTES = 64L << 20;

  private Doctor() {}

  static List<Finding> examine(Optional<Path> file, Map<String, String> environment) {
    List<Finding> findings = new ArrayList<>(MachineCheck.machine());
    try {
      GatewayConfig config = ConfigReader.read(file, environment).config();
      findings.add(
          Finding.ok(
              "configuration",
              file.map(Path::toString).orElse("no file")
                  + " and the environment are valid, mode "
                  + config.mode().name().toLowerCase(Locale.ROOT)));
      findings.addAll(examine(config));
    } catch (ConfigException e) {
      e.problems().forEach(problem -> findings.add(Finding.fault("configuration", problem, "")));
      findings.add(
          Finding.unknown("the rest", "what depends on the configuration was not looked at"));
    }
    return findings;
  }

  private static List<Finding> examine(GatewayConfig config) {
    List<Finding> findings = new ArrayList<>(MachineCheck.capacity(config));
    folders(config).forEach(folder -> findings.addAll(folder.look()));
    if (config.journal().sync() == JournalConfig.Sync.OFF) {
      findings.add(
          Finding.warning(
              "journal",
              "journal.sync is off: what the fleet does not know has the database alone",
              "set journal.sync to ack"));
    }
    findings.addAll(PortCheck.look(PortCheck.listeners(config)));
    findings.addAll(CertificateCheck.look(config, Instant.now()));
    VaultCheck vault = VaultCheck.look(config.vault());
    findings.add(vault.finding());
    findings.addAll(DatabaseCheck.look(config.database(), vault));
    findings.addAll(ClusterCheck.look(config.cluster()));
    return findings;
  }

  private static List<FolderCheck> folders(GatewayConfig config) {
    List<FolderCheck> folders = new ArrayList<>();
    folders.add(
        new FolderCheck("data", "data", config.dataFolder(), DATA_BYTES, "what it keeps", true));
    if (config.database().external().isEmpty()) {
      folders.add(
          new FolderCheck(
              "database",
              "database.dataDirectory",
              config.database().embedded().dataDirectory(),
              LOG_BYTES,
              "its write-ahead log",
              true));
    }
    if (config.journal().sync() != JournalConfig.Sync.OFF) {
      folders.add(
          new FolderCheck(
              "journal",
              "journal.folder",
              config.journal().folder(),
              config.journal().fileBytes(),
              "one file of it (journal.fileMb)",
              false));
    }
    return folders;
  }
}
