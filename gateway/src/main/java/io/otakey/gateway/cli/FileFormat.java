package io.otakey.gateway.cli;

import java.nio.file.Path;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;

/** The two forms of device lists. */
enum FileFormat {
  /** Comma-separated, a line of column names first. */
  CSV("text/csv"),
  /** One JSON object a line. */
  NDJSON("application/x-ndjson");

  private final String mediaType;

  FileFormat(String mediaType) {
    this.mediaType = mediaType;
  }

  String mediaType() {
    return mediaType;
  }

  String parameter() {
    return name().toLowerCase(Locale.ROOT);
  }

  /** The form that was asked for, or that of the file's name. */
  static FileFormat of(CommandSpec command, @Nullable String asked, Path file) {
    String name = String.valueOf(file.getFileName()).toLowerCase(Locale.ROOT);
    String wanted = asked != null ? asked : name.endsWith(".csv") ? "csv" : "ndjson";
    return switch (wanted) {
      case "csv" -> CSV;
      case "ndjson" -> NDJSON;
      default -> throw AdminCommand.usage(command, "--format must be csv or ndjson");
    };
  }
}
