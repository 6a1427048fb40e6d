package io.otakey.gateway.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.BufferedReader;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;

/**
 * One import. The file goes over in parts, each a request of its own, so that it is known what went
 * in when something breaks.
 */
final class ImportRun {
  private static final int LINES_PER_PART = 50_000;
  private static final int BYTES_PER_PART = 4 << 20;
  private static final List<String> COUNTS =
      List.of("lines", "created", "existing", "barred", "invalid", "labeled", "full", "notShown");

  private final Session session;
  private final String product;
  private final Path file;
  private final FileFormat format;
  private final long fromLine;
  private final int maxErrors;
  private final ObjectNode total = ApiConnection.JSON.createObjectNode();
  private int shown;

  /** Where to go on; the part before it is in the database. */
  private long resumeFrom;

  ImportRun(
      Session session, String product, Path file, FileFormat format, long fromLine, int maxErrors) {
    this.session = session;
    this.product = product;
    this.file = file;
    this.format = format;
    this.fromLine = fromLine;
    this.maxErrors = maxErrors;
    this.resumeFrom = fromLine;
    COUNTS.forEach(count -> total.put(count, 0));
  }

  int run(Progress progress) throws IOException {
    try (LineReader lines = new LineReader(open(progress))) {
      return send(lines, progress);
    }
  }

  private int send(LineReader lines, Progress progress) throws IOException {
    try {
      sendAll(lines, progress);
      return summary();
    } catch (CommandException e) {
      session.output().note("\n" + e.getMessage());
      session
          .output()
          .note(
              "lines before "
                  + resumeFrom
                  + " are in; go on with: otakey admin devices import "
                  + product
                  + " "
                  + file
                  + " --from-line "
                  + resumeFrom);
      return 1;
    }
  }

  private InputStream open(Progress progress) throws IOException {
    if (file.toString().equals("-")) {
      return System.in;
    }
    try {
      progress.total(Files.size(file));
      return Files.newInputStream(file);
    } catch (NoSuchFileException e) {
      throw new CommandException(file + " does not exist: name the file to import");
    }
  }

  private void sendAll(LineReader lines, Progress progress) throws IOException {
    byte[] header = new byte[0];
    ByteArrayOutputStream part = new ByteArrayOutputStream();
    if (format == FileFormat.CSV && fromLine > 1 && lines.next(part)) {
      header = part.toByteArray();
      part.reset();
    }
    while (lines.line() < fromLine - 1 && lines.next(part)) {
      part.reset();
    }
    while (!lines.ended()) {
      long first = lines.line() + 1;
      part.reset();
      if (first > 1 && isHeader(header)) {
        part.writeBytes(header);
      }
      long last = lines.line() + LINES_PER_PART;
      while (lines.line() < last && part.size() < BYTES_PER_PART && lines.next(part)) {
        if (lines.line() == 1) {
          header = part.toByteArray();
        }
      }
      if (lines.line() >= first) {
        resumeFrom = first;
        sendPart(first, part.toByteArray());
        resumeFrom = lines.line() + 1;
        progress.update(lines.bytes(), lines.line());
      }
    }
    progress.finish(lines.bytes(), lines.line());
  }

  private boolean isHeader(byte[] line) {
    return format == FileFormat.CSV
        && new String(line, StandardCharsets.UTF_8).contains("deviceId");
  }

  private void sendPart(long firstLine, byte[] part) throws IOException {
    String path =
        ProductCommands.path(product)
            + "/devices?firstLine="
            + firstLine
            + "&maxErrors="
            + Math.max(0, Math.min(10_000, maxErrors - shown));
    try (InputStream answer = session.api().stream("POST", path, format.mediaType(), part);
        BufferedReader lines =
            new BufferedReader(new InputStreamReader(answer, StandardCharsets.UTF_8))) {
      boolean complete = false;
      for (String line = lines.readLine(); line != null; line = lines.readLine()) {
        complete |= take(ApiConnection.JSON.readTree(line));
      }
      if (!complete) {
        throw new CommandException("the gateway broke off in the middle");
      }
    } catch (IOException e) {
      throw new CommandException("the connection broke: " + e.getMessage());
    }
  }

  /** Whether this was the last line of an answer. */
  private boolean take(JsonNode line) {
    switch (line.path("type").asText()) {
      case "error" -> note(line, line.path("problem").asText());
      case "barred" ->
          note(
              line,
              line.path("deviceId").asText()
                  + " is "
                  + line.path("status").asText()
                  + " and cannot enroll");
      case "full" ->
          note(
              line,
              line.path("deviceId").asText()
                  + " would have more than 16 labels, and keeps those that it has");
      case "aborted" -> {
        resumeFrom = line.path("resumeFromLine").asLong();
        throw new CommandException(line.path("problem").asText());
      }
      case "summary" -> {
        COUNTS.forEach(
            count -> total.put(count, total.path(count).asLong() + line.path(count).asLong()));
        return true;
      }
      default -> {
        // Progress within a part is too fine to show.
      }
    }
    return false;
  }

  private void note(JsonNode line, String what) {
    shown++;
    session.output().note("line " + line.path("line").asText() + ": " + what);
  }

  private int summary() {
    long labeled = total.path("labeled").asLong();
    session
        .output()
        .show(
            total,
            String.format(
                Locale.ROOT,
                "%,d rows: %,d new, %,d known (%,d of them barred), %,d in error (%,d not shown)%s",
                total.path("lines").asLong(),
                total.path("created").asLong(),
                total.path("existing").asLong(),
                total.path("barred").asLong(),
                total.path("invalid").asLong(),
                total.path("notShown").asLong(),
                labeled == 0 ? "" : String.format(Locale.ROOT, ", %,d labeled anew", labeled)));
    return total.path("invalid").asLong() + total.path("full").asLong() == 0 ? 0 : 1;
  }
}
