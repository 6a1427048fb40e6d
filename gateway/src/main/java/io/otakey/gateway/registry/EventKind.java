package io.otakey.gateway.registry;

import java.util.Set;

/** What an event tells of. */
public enum EventKind {
  /** A device holds its first key, or after a reset another first one. */
  ENROLLED,
  /** A device confirmed a new key. */
  ROTATED,
  /** A device proved its key to a product in recovery. */
  RECOVERED,
  /** A device gave up a key that it was granted. */
  ABANDONED,
  /** Somebody with the product key asked to enroll a device that has a key. */
  DUPLICATE_DEVICE,
  /** Somebody holds a key that was superseded. */
  STALE_KEY,
  /** An authentic ENROLL was refused. */
  REFUSED,
  /** So many security events of a product were not stored. */
  LEFT_OUT,
  /** A device confirmed a new key that goes with a new connection. */
  MOVED,
  /** An operator let a device enroll anew. */
  RESET,
  /** An operator took a reset back. */
  RESET_WITHDRAWN,
  /** An operator blocked a device. */
  BLOCKED,
  /** An operator let a blocked device back in. */
  UNBLOCKED,
  /** An operator or a campaign revoked a device for good. */
  REVOKED,
  /** An operator removed a device. */
  REMOVED,
  /** An operator opened a removed device's id for a new owner. */
  REOPENED,
  /** An operator allowed a device one re-enrollment. */
  APPROVED,
  /** A webhook failed for long; nothing is sent to it until an operator resumes it. */
  WEBHOOK_PAUSED;

  /** Evidence for people, by no commit and no operator. */
  public static final Set<EventKind> SECURITY = Set.of(DUPLICATE_DEVICE, STALE_KEY, REFUSED);
}
