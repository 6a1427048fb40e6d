package io.otakey.gateway.config;

import io.otakey.gateway.journal.JournalConfig;
import io.otakey.gateway.recovery.RecoveryConfig;
import java.nio.file.Path;
import java.time.Duration;

/** Settings of what a node keeps against the loss of the database. */
final class SafetySettings {
  private SafetySettings() {}

  static JournalConfig journal(Settings settings, Path data) {
    JournalConfig usual =
        JournalConfig.in(
            settings.path("journal.folder", data.resolve("journal"), "where the journal is kept"));
    return new JournalConfig(
        settings.choice(
            "journal.sync",
            JournalConfig.Sync.class,
            usual.sync(),
            "on disk before the ack leaves, at most a second later, or no journal"),
        usual.folder(),
        (long)
                settings.number(
                    "journal.fileMb", (int) (usual.fileBytes() >> 20), 1, 1024, "of one file")
            << 20,
        Duration.ofDays(
            settings.number(
                "journal.keepDays",
                (int) usual.kept().toDays(),
                1,
                3650,
                "older files are deleted; longer than the oldest backup you may restore")));
  }

  static RecoveryConfig recovery(Settings settings, Path data) {
    return new RecoveryConfig(
        data.resolve("memory"),
        settings.number(
            "recovery.tolerance",
            RecoveryConfig.TOLERANCE,
            0,
            1_000_000,
            "commits that a database may be behind before devices are held off"),
        settings.flag(
            "recovery.twoPersons", false, "every step needs the approval of a second admin"));
  }
}
