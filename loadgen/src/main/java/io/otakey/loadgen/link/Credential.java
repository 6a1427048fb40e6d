package io.otakey.loadgen.link;

/**
 * What a device shows its platform under one key.
 *
 * @param password a secret; not printed
 */
public record Credential(Platform platform, String clientId, String loginName, String password) {
  /** The same, shown to another platform. */
  public Credential at(Platform other) {
    return new Credential(other, clientId, loginName, password);
  }

  @Override
  public String toString() {
    return "Credential[" + loginName + ", " + platform + "]";
  }
}
