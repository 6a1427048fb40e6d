package io.otakey.gateway.registry.pg;

import io.otakey.gateway.audit.AuditKeys;
import io.otakey.protocol.crypto.Hmac;
import java.util.Arrays;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/** Keys as a vault with these root secrets has them. */
final class TestKeys implements AuditKeys {
  private final TreeSet<Integer> roots = new TreeSet<>();
  private final int vault;

  /**
   * @param vault which vault: another one has other keys
   */
  TestKeys(int vault, Integer... roots) {
    this.vault = vault;
    hold(roots);
  }

  /** As after a reload. */
  void hold(Integer... held) {
    roots.clear();
    roots.addAll(Set.of(held));
  }

  @Override
  public int newest() {
    return roots.last();
  }

  @Override
  public Optional<byte[]> mac(Use use, int root, byte[] text) {
    byte[] key = new byte[32];
    Arrays.fill(key, (byte) (vault * 16 + root * 2 + (use == Use.ENTRY ? 0 : 1)));
    return roots.contains(root) ? Optional.of(Hmac.hmac(key, text)) : Optional.empty();
  }
}
