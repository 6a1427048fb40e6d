package io.otakey.gateway.platform;

/** What became of one login in a call to a platform. */
public sealed interface Outcome {
  /** It is as wanted, now or already before. */
  record Done() implements Outcome {}

  /**
   * It is not.
   *
   * @param why for people, without secrets
   */
  record Failed(String why) implements Outcome {}

  /** The only one of its kind. */
  Outcome DONE = new Done();
}
