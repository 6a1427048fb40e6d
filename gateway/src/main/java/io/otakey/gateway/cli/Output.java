package io.otakey.gateway.cli;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;

/** Prints results: tables for people, the API's JSON for scripts. */
final class Output {
  private final PrintWriter out;
  private final PrintWriter err;
  private final boolean json;

  Output(PrintWriter out, PrintWriter err, boolean json) {
    this.out = out;
    this.err = err;
    this.json = json;
  }

  boolean json() {
    return json;
  }

  /** The answer itself for scripts, the table for people. */
  int show(JsonNode answer, Table table) {
    if (json) {
      return show(answer);
    }
    table.print(out);
    return flushed();
  }

  /** The answer itself for scripts, one line for people. */
  int show(JsonNode answer, String line) {
    return json ? show(answer) : say(line);
  }

  /**
   * One page of a list; people are told how to get the next one.
   *
   * @param option that takes the answer's {@code next}
   */
  int showPage(JsonNode answer, Table table, String option) {
    show(answer, table);
    if (!answer.path("next").isNull() && !json) {
      note("more: " + option + " " + answer.path("next").asText());
    }
    return 0;
  }

  int show(JsonNode answer) {
    try {
      out.println(ApiConnection.JSON.writerWithDefaultPrettyPrinter().writeValueAsString(answer));
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("a tree cannot be written", e);
    }
    return flushed();
  }

  /** A line for people, or text for a file that was not named. */
  int say(String text) {
    out.println(text);
    return flushed();
  }

  /** A remark that is not the result. */
  void note(String text) {
    err.println(text);
    err.flush();
  }

  PrintWriter err() {
    return err;
  }

  PrintWriter out() {
    return out;
  }

  /** Writes a file that only its owner can read; whole, or not at all. */
  static void write(Path file, byte[] content) throws IOException {
    try (OutputStream part = open(file)) {
      part.write(content);
    }
    finish(file);
  }

  /** Begins a file under a name of its own. */
  static OutputStream open(Path file) throws IOException {
    Path part = part(file);
    Files.deleteIfExists(part);
    Files.createFile(
        part, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
    return Files.newOutputStream(part);
  }

  /** Gives the file that was begun its name. */
  static void finish(Path file) throws IOException {
    Files.move(part(file), file, StandardCopyOption.ATOMIC_MOVE);
  }

  private static Path part(Path file) {
    return file.resolveSibling(file.getFileName() + ".part");
  }

  private int flushed() {
    out.flush();
    return 0;
  }
}
