package io.otakey.gateway.audit;

import java.util.Optional;

/** MACs over the audit log, which only who holds the vault can make. Thread-safe. */
public interface AuditKeys {
  /** For registries whose audit log nobody verifies. */
  AuditKeys NONE =
      new AuditKeys() {
        @Override
        public int newest() {
          return 0;
        }

        @Override
        public Optional<byte[]> mac(Use use, int root, byte[] text) {
          return Optional.empty();
        }
      };

  /** What a MAC says; each has a key of its own. */
  enum Use {
    /** A node of this installation wrote the entry. */
    ENTRY,
    /** The chain was like this. */
    CHAIN
  }

  /** Version of the newest root secret, which new MACs are of; 0 without a vault. */
  int newest();

  /** The MAC of a text under one root secret; empty if that is not held. */
  Optional<byte[]> mac(Use use, int root, byte[] text);
}
