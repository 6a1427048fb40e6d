package io.otakey.gateway.registry;

/** What an operator decides after a database was lost or restored (protocol section 6.6). */
public enum RecoveryStep {
  /** Take the database as it is: small losses heal by themselves. */
  GO_ON,
  /** Raise every product's generation and let the fleet prove its keys back. */
  RECOVER,
  /** Raise every product's generation; the database is empty and every device enrolls anew. */
  START_AFRESH,
  /** Raise one product's generation and let its devices prove their keys back. */
  OPEN,
  /** End one product's recovery. */
  CLOSE;

  /** Whether it is about one product. */
  public boolean ofProduct() {
    return switch (this) {
      case OPEN, CLOSE -> true;
      case GO_ON, RECOVER, START_AFRESH -> false;
    };
  }
}
