package io.otakey.gateway.presence;

import io.otakey.gateway.registry.Announcer;
import io.otakey.gateway.registry.AskedDevice;
import io.otakey.protocol.wire.Answer;
import io.vertx.core.eventbus.EventBus;
import java.util.List;

/** Tells every node, this one too, by the event bus: whoever holds a device knows it. */
public final class BusAnnouncer implements Announcer {
  private final EventBus bus;

  /** Announces on this bus. */
  public BusAnnouncer(EventBus bus) {
    this.bus = bus;
  }

  @Override
  public void announce(List<AskedDevice> devices) {
    List<AskedDevice> due =
        devices.stream().filter(device -> device.action() != Answer.Action.NONE).toList();
    for (int from = 0; from < due.size(); from += Announcement.MAX_DEVICES) {
      int to = Math.min(due.size(), from + Announcement.MAX_DEVICES);
      bus.publish(Announcement.ADDRESS, Announcement.encode(due.subList(from, to)));
    }
  }
}
