package io.otakey.gateway.admin;

import com.fasterxml.jackson.databind.JsonNode;
import io.otakey.gateway.registry.Labels;
import io.otakey.protocol.wire.DeviceRef;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/** Reads the lines of an import. One object reads one body. */
abstract sealed class ImportFormat {
  /** What a line holds. */
  sealed interface Row {
    /** A device to register, with the labels that it is to have besides others. */
    record Device(String deviceId, Map<String, String> labels) implements Row {
      /** Copies the map. */
      public Device {
        labels = Map.copyOf(labels);
      }
    }

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

  Row device(String deviceId, String ofProduct, Map<String, String> labels) {
    if (!ofProduct.isEmpty() && !ofProduct.equals(productId)) {
      return new Row.Bad("the row names another product than '" + productId + "'");
    }
    if (!DeviceRef.isDeviceId(deviceId)) {
      return NOT_AN_ID;
    }
    List<String> problems = Labels.problems(labels);
    return problems.isEmpty()
        ? new Row.Device(deviceId, labels)
        : new Row.Bad("the line " + String.join("; ", problems));
  }

  /** Comma-separated, cells may be quoted; a header names the columns, or there is one only. */
  private static final class Csv extends ImportFormat {
    private int deviceColumn;
    private int productColumn = -1;
    private int labelsColumn = -1;
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
        labelsColumn = cells.indexOf("labels");
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
      Optional<Map<String, String>> labels = Labels.parse(cell(cells, labelsColumn));
      return labels.isEmpty()
          ? new Row.Bad("the line has a label twice: give one value to each")
          : device(cells.get(deviceColumn), cell(cells, productColumn), labels.get());
    }

    private static String cell(List<String> cells, int column) {
      return column < 0 ? "" : cells.get(column);
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
      JsonNode labels = node.path("labels");
      boolean texts = labels.properties().stream().allMatch(label -> label.getValue().isTextual());
      if (!(labels.isObject() || labels.isMissingNode() || labels.isNull()) || !texts) {
        return new Row.Bad("the line's 'labels' is no object that holds texts");
      }
      Map<String, String> given = new TreeMap<>();
      labels.properties().forEach(label -> given.put(label.getKey(), label.getValue().textValue()));
      return device(deviceId.textValue(), node.path("productId").asText(""), given);
    }
  }
}
