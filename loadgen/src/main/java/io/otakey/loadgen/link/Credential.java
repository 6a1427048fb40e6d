package io.otakey.loadgen.link;

/**
 * What a device shows its platform under one key.
 *
 * @param notices the topic on which the platform tells the device that something waits
 * @param password a secret; not printed
 */
public record Credential(
    Platform platform, String clientId, String loginName, String notices, String password) {
  /** The same, shown to another platform. */
  public Credential at(Platform other) {
    return new Credential(other, clientId, loginName, notices, password);
  }

  @Override
  public String toString() {
    return "Credential[" + loginName + ", " + platform + "]";
  }
}
