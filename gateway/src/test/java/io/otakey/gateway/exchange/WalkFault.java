package io.otakey.gateway.exchange;

/**
 * A fault of the gateway put there on purpose: the walk must find each. Rarer ones are the models'.
 */
enum WalkFault {
  /** None. */
  NOTHING(false),
  /** ABANDON does not raise attempt. */
  ABANDON_KEEPS_ATTEMPT(false),
  /** Each repetition of an ABANDON raises attempt again. */
  ABANDON_RAISES_AGAIN(false),
  /** A key is served after its successor was committed. */
  SUPERSEDED_IS_SERVED(false),
  /** An ACK leaves before its commit is durable: a restart loses the commit. */
  ACK_BEFORE_COMMIT(false),
  /** A blocked row answers 7. */
  BARRED_SAYS_SUPERSEDED(true),
  /** A row that is behind the key answers 7. */
  BEHIND_SAYS_SUPERSEDED(true);

  private final boolean rare;

  WalkFault(boolean rare) {
    this.rare = rare;
  }

  /** Takes many walks to find. */
  boolean isRare() {
    return rare;
  }
}
