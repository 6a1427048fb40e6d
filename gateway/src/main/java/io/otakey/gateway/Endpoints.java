package io.otakey.gateway;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Map;
import java.util.TreeMap;

/**
 * Where a started gateway listens: port by listener.
 *
 * @param ports by name: mqtt, mqtts, http, https, admin
 */
public record Endpoints(Map<String, Integer> ports) {
  /** Copies the map. */
  public Endpoints {
    ports = Map.copyOf(ports);
  }

  /** The port of one listener. */
  public int port(String listener) {
    Integer port = ports.get(listener);
    if (port == null) {
      throw new IllegalArgumentException("no listener " + listener);
    }
    return port;
  }

  /** Writes a file that tells scripts that the gateway is ready, and where. */
  void write(Path file) throws IOException {
    Path part = file.resolveSibling(file.getFileName() + ".part");
    Files.writeString(part, new ObjectMapper().writeValueAsString(new TreeMap<>(ports)) + "\n");
    Files.move(part, file, StandardCopyOption.ATOMIC_MOVE);
  }
}
