package io.otakey.gateway.presence;

import io.otakey.gateway.registry.Announcer;
import io.otakey.gateway.registry.AskedDevice;
import io.otakey.gateway.vault.Vault;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.eventbus.EventBus;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Predicate;

/**
 * Tells the other nodes. What goes between nodes is sealed by the vault: what strangers on that
 * network make up is not believed, and they learn no names of devices.
 */
public final class NodeAnnouncer implements Announcer {
  private final Vault vault;
  private final Consumer<byte[]> others;

  /**
   * @param others takes a message for every other node; must not block
   */
  public NodeAnnouncer(Vault vault, Consumer<byte[]> others) {
    this.vault = vault;
    this.others = others;
  }

  @Override
  public void announce(List<AskedDevice> devices) {
    for (Buffer message : Announcement.messages(devices)) {
      others.accept(vault.sealMessage(Announcement.ADDRESS, message.getBytes()));
    }
  }

  /**
   * What takes such messages to this node's pusher; false for one that no node with this vault
   * sealed.
   *
   * @param bus of this node
   */
  public static Predicate<byte[]> listener(Vault vault, EventBus bus) {
    return heard -> {
      Optional<byte[]> message = vault.openMessage(Announcement.ADDRESS, heard);
      message.ifPresent(bytes -> bus.publish(Announcement.ADDRESS, Buffer.buffer(bytes)));
      return message.isPresent();
    };
  }
}
