package io.otakey.gateway.admin;

import com.fasterxml.jackson.databind.JsonNode;
import io.otakey.protocol.wire.DeviceRef;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/** Reads the lines of an import. One object reads one body. */
abstract sealed class ImportFormat {
  /** What a line holds. */
  sealed interface Row {
    /** A device to register. */
    record Device(String deviceId) implements Row {}

    /** Nothing: an empty line. */
    record Empty() implements Row {}

    /** The names of the columns. */
    record Header() implements Row {}

    /**
     * A line in error.
     *
     * @param problem names the fault; does not repeat the line, who knows what is in it
     */
    record Bad(String problem) implements Row {}
  }

  static final Row EMPTY = new Row.Empty();

  private static final Row HEADER = new Row.Header();
  private static final String BYTE_ORDER_MARK = "\uFEFF";
  private static final Row NOT_AN_ID =
      new Row.Bad("the device id must match [A-Za-z0-9][A-Za-z0-9._:-]{0,63}");

  private final String productId;
  private boolean first = true;

  ImportFormat(String productId) {
    this.productId = productId;
  }

  static ImportFormat of(String mediaType, String productId) {
    return mediaType.equals("text/csv") ? new Csv(productId) : new Ndjson(productId);
  }

  /** Reads the next line. */
  Row read(byte[] line) {
    String text = new String(line, StandardCharsets.UTF_8);
    boolean isFirst = first;
    first = false;
    if (isFirst && text.startsWith(BYTE_ORDER_MARK)) {
      text = text.substring(1);
    }
    text = text.strip();
    return text.isEmpty() ? EMPTY : read(text, isFirst);
  }

  abstract Row read(String line, boolean isFirst);

  Row device(String deviceId, String ofProduct) {
    if (!ofProduct.isEmpty() && !ofProduct.equals(productId)) {
      return new Row.Bad("the row names another product than '" + productId + "'");
    }
    return DeviceRef.isDeviceId(deviceId) ? new Row.Device(deviceId) : NOT_AN_ID;
  }

  /** Comma-separated, cells may be quoted; a header names the columns, or there is one only. */
  private static final class Csv extends ImportFormat {
    private int deviceColumn;
    private int productColumn = -1;
    private int columns = 1;

    Csv(String productId) {
      super(productId);
    }

    @Override
    Row read(String line, boolean isFirst) {
      List<String> cells = cells(line);
      if (isFirst && cells.contains("deviceId")) {
        deviceColumn = cells.indexOf("deviceId");
        productColumn = cells.indexOf("productId");
        columns = cells.size();
        return HEADER;
      }
      if (cells.size() != columns) {
        return new Row.Bad(
            "the line has "
                + cells.size()
                + " columns instead of "
                + columns
                + "; without a header line that names 'deviceId' there is one");
      }
      return device(cells.get(deviceColumn), productColumn < 0 ? "" : cells.get(productColumn));
    }

    private static List<String> cells(String line) {
      if (line.indexOf(',') < 0 && line.indexOf('"') < 0) {
        return List.of(line);
      }
      List<String> cells = new ArrayList<>();
      StringBuilder cell = new StringBuilder();
      boolean quoted = false;
      for (int i = 0; i < line.length(); i++) {
        char c = line.charAt(i);
        if (c == '"') {
          boolean doubled = quoted && i + 1 < line.length() && line.charAt(i + 1) == '"';
          if (doubled) {
            cell.append(c);
            i++;
          } else {
            quoted = !quoted;
          }
        } else if (c == ',' && !quoted) {
          cells.add(cell.toString().strip());
          cell.setLength(0);
        } else {
          cell.append(c);
        }
      }
      cells.add(cell.toString().strip());
      return cells;
    }
  }

  /** One JSON object a line. */
  private static final class Ndjson extends ImportFormat {
    Ndjson(String productId) {
      super(productId);
    }

    @Override
    Row read(String line, boolean isFirst) {
      JsonNode node;
      try {
        node = Json.parseLine(line.getBytes(StandardCharsets.UTF_8));
      } catch (IOException e) {
        return new Row.Bad("the line is not a JSON object");
      }
      JsonNode deviceId = node.path("deviceId");
      if (!deviceId.isTextual()) {
        return new Row.Bad("the line has no text member 'deviceId'");
      }
      return device(deviceId.textValue(), node.path("productId").asText(""));
    }
  }
}
