package io.otakey.gateway.audit;

import io.otakey.gateway.audit.AuditKeys.Use;
import io.otakey.gateway.registry.AuditLog.Entry;
import io.otakey.protocol.crypto.Hmac;
import java.security.MessageDigest;

/** What tells an entry that a node of this installation wrote from one that was put in. */
public final class Seals {
  private final AuditKeys keys;

  /** Of these keys. */
  public Seals(AuditKeys keys) {
    this.keys = keys;
  }

  /**
   * Stands in the entry's row.
   *
   * @param root version of the root secret; 0 without one
   * @param mac empty without one
   */
  public record Seal(int root, byte[] mac) {
    /** As gateways of before wrote entries, or somebody else. */
    public static final Seal NONE = new Seal(0, new byte[0]);
  }

  /** Of an entry that this node writes. */
  public Seal seal(Entry entry) {
    int root = keys.newest();
    return keys.mac(Use.ENTRY, root, text(entry)).map(mac -> new Seal(root, mac)).orElse(Seal.NONE);
  }

  /** Whether a node with a root secret that is held here wrote just this. */
  public boolean holds(Entry entry, Seal seal) {
    return keys.mac(Use.ENTRY, seal.root(), text(entry))
        .filter(mac -> MessageDigest.isEqual(mac, seal.mac()))
        .isPresent();
  }

  /** What the chain keeps of an entry. */
  public static byte[] digest(Entry entry, Seal seal) {
    return Hmac.sha256(new Bytes().raw(text(entry)).number(seal.root()).raw(seal.mac()).all());
  }

  private static byte[] text(Entry entry) {
    return new Bytes()
        .number(entry.id())
        .time(entry.at())
        .text(entry.actor().name())
        .text(entry.actor().address())
        .text(entry.action())
        .text(entry.productId())
        .text(entry.deviceId())
        .text(entry.detail())
        .all();
  }
}
