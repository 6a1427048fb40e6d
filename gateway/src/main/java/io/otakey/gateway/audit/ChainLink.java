package io.otakey.gateway.audit;

import io.otakey.protocol.crypto.Hmac;
import java.time.Instant;

/**
 * One entry's link.
 *
 * @param entryId the entry's id
 * @param at the entry's time, by which it goes one day
 * @param linkedAt by the clock of the node that chained it
 * @param sealed whether a node of this installation had sealed it
 * @param digest of the entry; zeros: it was gone already
 * @param root version of the root secret that {@code mac} is of
 * @param mac of the hash at its place
 */
public record ChainLink(
    long position,
    long entryId,
    Instant at,
    Instant linkedAt,
    boolean sealed,
    byte[] digest,
    int root,
    byte[] mac) {
  /** The hash at its place, after that of the place before. */
  byte[] hash(byte[] before) {
    return Hmac.sha256(
        new Bytes()
            .raw(before)
            .number(position)
            .number(entryId)
            .time(at)
            .time(linkedAt)
            .number(sealed ? 1 : 0)
            .raw(digest)
            .number(root)
            .all());
  }

  ChainLink with(byte[] newMac) {
    return new ChainLink(position, entryId, at, linkedAt, sealed, digest, root, newMac);
  }
}
