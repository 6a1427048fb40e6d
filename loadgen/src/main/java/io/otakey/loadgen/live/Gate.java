package io.otakey.loadgen.live;

import java.util.ArrayDeque;

/** Lets so many logins of a lane be under way at a time; the others wait in line. */
final class Gate {
  private final ArrayDeque<Runnable> waiting = new ArrayDeque<>();
  private int room;

  Gate(int room) {
    this.room = room;
  }

  /** Starts something now or when its turn comes; whoever started says when it is over. */
  void enter(Runnable start) {
    if (room > 0) {
      room--;
      start.run();
    } else {
      waiting.add(start);
    }
  }

  /** Something that was started is over. */
  void leave() {
    Runnable next = waiting.poll();
    if (next == null) {
      room++;
    } else {
      next.run();
    }
  }

  /** Whoever waits does so in vain. */
  void clear() {
    waiting.clear();
  }

  boolean isFull() {
    return room == 0;
  }
}
