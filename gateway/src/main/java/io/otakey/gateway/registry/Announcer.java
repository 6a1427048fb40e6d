package io.otakey.gateway.registry;

import java.util.List;

/** Tells every node that devices were asked, so that the connected ones need not wait. */
@FunctionalInterface
public interface Announcer {
  /**
   * Called after the commit, on any thread; never blocks and never fails: a device that nobody
   * tells hears of it at its next POLL.
   */
  void announce(List<AskedDevice> devices);
}
