package io.otakey.gateway.campaign;

/** The life of a campaign. Changes are stored before they have effects. */
public enum CampaignState {
  /** Its devices are being chosen. */
  PLANNING,
  /** Somebody else than who ordered it has to approve. */
  WAITING_FOR_APPROVAL,
  /** It was not approved. */
  DENIED,
  /** An operator has to start it. */
  READY,
  /** Devices are asked. */
  RUNNING,
  /** No further device is asked; those that were go on. */
  PAUSED,
  /** What has not happened yet is being taken back. */
  STOPPING,
  /** Aborted. */
  STOPPED,
  /** Every device came to an end. */
  FINISHED;

  /** Whether nothing happens any more. */
  public boolean isOver() {
    return this == DENIED || this == STOPPED || this == FINISHED;
  }
}
