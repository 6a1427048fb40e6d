package io.otakey.loadgen.stats;

/** What a living fleet counts. */
public enum LiveCount {
  /** First keys that were acknowledged. */
  ENROLLED,
  /** POLLs answered under the current key. */
  POLLS,
  /** Keys acknowledged in place of an older one, moves included. */
  ROTATIONS,
  /** Of these, with another connection. */
  MOVES,
  /** Grants given up. */
  ABANDONS,
  /** Frames answered with an ERROR. */
  ERRORS,
  /** Logins that a platform took. */
  LOGINS,
  /** Logins that a platform refused while the device had reason to think its credential right. */
  LOGINS_REFUSED,
  /** Logins that no platform answered. */
  LOGINS_UNANSWERED,
  /** Sessions that the platform or the network ended though nothing had taken their place. */
  SESSIONS_LOST,
  /** Logins made only to see whether the credential works, answered by the platform. */
  PROBES,
  /** Of these, while an update was under way. */
  PROBES_IN_UPDATE,
  /** Of these, refused since the key was replaced just then: its successor was accepted. */
  PROBES_OVERTAKEN,
  /** Probes that show nothing, since no platform answered. */
  PROBES_UNANSWERED,
  /** Refused with no successor that explains it: the device was without a credential. */
  OUTAGES
}
