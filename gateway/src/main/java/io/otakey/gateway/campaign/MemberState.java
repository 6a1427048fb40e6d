package io.otakey.gateway.campaign;

/** How far a device of a campaign is. */
public enum MemberState {
  /** Not asked yet, or to be asked again. */
  QUEUED,
  /** It stands in the device's row; the device does it at its next POLL. */
  NOTIFIED,
  /** Done. */
  CONFIRMED,
  /** The device gave the new key up (ABANDON) once too often. */
  FAILED,
  /** The device is not active, so nothing can be asked of it. */
  REJECTED,
  /** The device did not do it in time once too often. */
  TIMED_OUT,
  /** The campaign was aborted first. */
  CANCELED
}
