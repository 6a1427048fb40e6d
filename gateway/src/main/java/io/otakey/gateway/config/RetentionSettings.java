package io.otakey.gateway.config;

import io.otakey.gateway.registry.RetentionConfig;
import java.time.Duration;

/** The settings {@code retention.*}. */
final class RetentionSettings {
  private RetentionSettings() {}

  static RetentionConfig read(Settings settings) {
    RetentionConfig usual = RetentionConfig.DEFAULT;
    return new RetentionConfig(
        days(settings, "retention.eventDays", usual.events(), 7, 3650, "events are kept"),
        days(settings, "retention.auditDays", usual.audit(), 30, 36_500, "audit entries are kept"),
        days(
            settings,
            "retention.heldDays",
            usual.heldLonger(),
            0,
            365,
            "events are kept longer for who has not read them"));
  }

  private static Duration days(
      Settings settings, String name, Duration usual, int min, int max, String doc) {
    return Duration.ofDays(
        settings.number(name, (int) usual.toDays(), min, max, "so many days " + doc));
  }
}
