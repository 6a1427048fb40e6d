package io.otakey.loadgen.link;

/** What carries frames. */
public enum Transport {
  /** MQTT 3.1.1 over TCP. */
  MQTT,
  /** HTTP/1.1 over TCP. */
  HTTP
}
