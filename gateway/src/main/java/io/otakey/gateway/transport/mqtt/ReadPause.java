package io.otakey.gateway.transport.mqtt;

import io.netty.channel.Channel;
import java.time.Duration;
import java.util.concurrent.TimeUnit;

/**
 * Rests a connection that sent what no key authenticates: it is read again only after a pause. So a
 * flood waits in the kernel and comes in few large reads, one of at most 64 KB for each pause, and
 * the event loop is free for others in between.
 */
final class ReadPause {
  private final long millis;

  /**
   * @param length zero: none
   */
  ReadPause(Duration length) {
    this.millis = length.toMillis();
  }

  /** Call it on the channel's event loop; while it rests, no effect. */
  void rest(Channel channel) {
    if (millis > 0 && channel.config().isAutoRead()) {
      channel.config().setAutoRead(false);
      var unused =
          channel
              .eventLoop()
              .schedule(() -> channel.config().setAutoRead(true), millis, TimeUnit.MILLISECONDS);
    }
  }
}
