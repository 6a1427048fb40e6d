package io.otakey.loadgen.network;

/** For tests that ask what would be told to netem, and tell it nothing. */
public final class Netems {
  private Netems() {}

  /** One of no namespace: to shape anything with it would hit the machine. */
  public static Netem notToBeUsed() {
    return new Netem();
  }
}
