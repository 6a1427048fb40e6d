package io.otakey.gateway.registry;

/**
 * How far a product's recovery is.
 *
 * @param active devices that hold a key
 * @param recovered those of them that proved their key in this generation
 * @param barred blocked, revoked and removed devices, which no recovery brings back
 */
public record RecoveryProgress(
    String productId,
    int generation,
    boolean inRecovery,
    long active,
    long recovered,
    long barred) {
  /** Devices whose key nobody has proved yet. */
  public long unseen() {
    return active - recovered;
  }
}
