package io.otakey.loadgen.report;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** The result for machines: the same records as JSON, times in milliseconds. */
public final class JsonReport {
  private static final ObjectMapper MAPPER =
      new ObjectMapper().enable(SerializationFeature.INDENT_OUTPUT);

  private JsonReport() {}

  /**
   * Writes the file, replacing an old one.
   *
   * @throws IOException if it cannot be written
   */
  public static void write(Record result, Path file) throws IOException {
    Files.write(file, MAPPER.writeValueAsBytes(result));
  }

  /** The same as text. */
  public static String text(Record result) throws IOException {
    return MAPPER.writeValueAsString(result);
  }
}
