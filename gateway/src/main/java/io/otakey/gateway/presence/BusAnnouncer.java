package io.otakey.gateway.presence;

import io.otakey.gateway.registry.Announcer;
import io.otakey.gateway.registry.AskedDevice;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.eventbus.EventBus;
import java.util.List;

/** Tells this node's pusher, by the event bus. */
public final class BusAnnouncer implements Announcer {
  private final EventBus bus;

  /** Announces on this bus. */
  public BusAnnouncer(EventBus bus) {
    this.bus = bus;
  }

  @Override
  public void announce(List<AskedDevice> devices) {
    for (Buffer message : Announcement.messages(devices)) {
      bus.publish(Announcement.ADDRESS, message);
    }
  }
}
