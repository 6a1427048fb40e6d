package io.otakey.loadgen;

import io.otakey.loadgen.link.Endpoint;
import io.otakey.loadgen.link.Transport;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** Options for where one gateway listens. */
final class ListenerOptions {
  @Option(names = "--mqtt", description = "Gateway's MQTT listener, host:port.")
  private @Nullable String mqtt;

  @Option(names = "--http", description = "Gateway's HTTP listener, host:port.")
  private @Nullable String http;

  /** Whether any was given. */
  boolean isGiven() {
    return mqtt != null || http != null;
  }

  /** Those that were given; one that is none is added to the problems. */
  Map<Transport, Endpoint> given(List<String> problems) {
    Map<Transport, Endpoint> endpoints = new EnumMap<>(Transport.class);
    add("--mqtt", mqtt, Transport.MQTT, endpoints, problems);
    add("--http", http, Transport.HTTP, endpoints, problems);
    return endpoints;
  }

  /** Those of these transports, all of which must be given. */
  Map<Transport, Endpoint> of(List<Transport> transports, List<String> problems) {
    Map<Transport, Endpoint> endpoints = new EnumMap<>(Transport.class);
    for (Transport transport : transports) {
      String option = "--" + transport.name().toLowerCase(Locale.ROOT);
      String text = transport == Transport.MQTT ? mqtt : http;
      add(option, text == null ? "" : text, transport, endpoints, problems);
    }
    return endpoints;
  }

  /** Adds a listener to endpoints or problems, if it was given. */
  static void add(
      String option,
      @Nullable String text,
      Transport transport,
      Map<Transport, Endpoint> endpoints,
      List<String> problems) {
    if (text != null) {
      Endpoint.parse(text)
          .ifPresentOrElse(
              endpoint -> endpoints.put(transport, endpoint),
              () -> problems.add(option + " must be given as host:port"));
    }
  }
}
