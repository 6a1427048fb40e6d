package io.otakey.gateway.audit;

import java.time.Instant;

/**
 * Where the chain begins and ends. One row, with a MAC over all of it.
 *
 * @param bornAt when it was begun, by the clock of the node that did
 * @param start what links are left come after it
 * @param goneBefore entries older than this may be gone by retention
 * @param head the newest link
 * @param root version of the root secret that {@code mac} is of
 */
public record ChainState(
    Instant bornAt, ChainPlace start, Instant goneBefore, ChainPlace head, int root, byte[] mac) {
  ChainState at(ChainPlace newHead) {
    return new ChainState(bornAt, start, goneBefore, newHead, root, mac);
  }

  /** With everything up to this place forgotten. */
  public ChainState from(ChainPlace newStart) {
    return new ChainState(bornAt, newStart, goneBefore, head, root, mac);
  }

  /** With entries gone that are older than this. */
  public ChainState without(Instant before) {
    Instant gone = before.isAfter(goneBefore) ? before : goneBefore;
    return new ChainState(bornAt, start, gone, head, root, mac);
  }

  byte[] text() {
    return new Bytes()
        .time(bornAt)
        .number(start.position())
        .raw(start.hash())
        .time(goneBefore)
        .number(head.position())
        .raw(head.hash())
        .number(root)
        .all();
  }

  ChainState under(int newRoot, byte[] newMac) {
    return new ChainState(bornAt, start, goneBefore, head, newRoot, newMac);
  }
}
