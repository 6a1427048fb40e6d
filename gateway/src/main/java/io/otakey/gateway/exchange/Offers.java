package io.otakey.gateway.exchange;

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
        : connections.connection(id).map(stored -> stored.offeredTo(device));
  }
}
