package io.otakey.gateway.exchange;

import io.otakey.gateway.registry.Connection;
import io.otakey.gateway.registry.Connections;
import io.otakey.protocol.wire.DeviceRef;
import java.util.Optional;

/** A stored connection as it is offered to one device. */
final class Offers {
  private Offers() {}

  /**
   * The connection of this id for a device; empty for id 0, and while the node does not know it.
   */
  static Optional<io.otakey.protocol.wire.Connection> find(
      Connections connections, DeviceRef device, int id) {
    return id == 0
        ? Optional.empty()
        : connections.connection(id).map(stored -> to(device, stored));
  }

  /** With the device's default user name, unless the connection has one or it does not fit. */
  private static io.otakey.protocol.wire.Connection to(DeviceRef device, Connection stored) {
    String byDefault = io.otakey.protocol.wire.Connection.defaultUserName(device);
    boolean fits = byDefault.length() <= io.otakey.protocol.wire.Connection.MAX_NAME;
    return new io.otakey.protocol.wire.Connection(
        stored.platformId(),
        stored.scheme(),
        stored.host(),
        stored.port(),
        stored.clientId(),
        stored.userName().or(() -> fits ? Optional.of(byDefault) : Optional.empty()),
        stored.topicPrefix(),
        stored.spkiSha256());
  }
}
