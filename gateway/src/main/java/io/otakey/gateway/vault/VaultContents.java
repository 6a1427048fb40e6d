package io.otakey.gateway.vault;

import io.otakey.protocol.crypto.Hmac;
import io.otakey.protocol.crypto.Secret;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.UUID;
import java.util.function.UnaryOperator;

/**
 * What a vault holds: 32 bytes per root secret, and which id is derived from which root. Immutable.
 *
 * @param installationId the same as the database's (protocol section 6.6)
 * @param roots by version, ascending; the last one is what new ids are derived from
 * @param allocationSecrets by id, ascending; exactly one is granting
 * @param gatewayKeys by id, ascending; exactly one is granting: it comes first in new bundles
 */
public record VaultContents(
    UUID installationId, List<Root> roots, List<Entry> allocationSecrets, List<Entry> gatewayKeys) {
  private static final SecureRandom RANDOM = new SecureRandom();
  private static final byte[] MARK = "otakey-vault/1 mark".getBytes(StandardCharsets.US_ASCII);
  private static final int SECRET_LENGTH = 32;
  private static final int MAX_ID = 255;

  /** One root secret. */
  public record Root(int version, Secret secret) {}

  /** One derived secret, by name. */
  public record Entry(int id, int rootVersion, State state) {
    Entry in(State next) {
      return new Entry(id, rootVersion, next);
    }
  }

  /** What a derived secret is used for now. */
  public enum State {
    /** Held, not used for new grants: before every node has it, or on its way out. */
    ACCEPTED,
    /** Used for new grants or bundles, and accepted. */
    GRANTING,
    /** Neither; its id is never used again. */
    RETIRED
  }

  /** Which of the two lists. */
  public enum Kind {
    /** Allocation secrets. */
    ALLOCATION_SECRET("allocation secret"),
    /** The gateway's static keys. */
    GATEWAY_KEY("gateway key");

    private final String label;

    Kind(String label) {
      this.label = label;
    }

    /** As it is written in messages. */
    public String label() {
      return label;
    }
  }

  /** Copies the lists. */
  public VaultContents {
    roots = List.copyOf(roots);
    allocationSecrets = List.copyOf(allocationSecrets);
    gatewayKeys = List.copyOf(gatewayKeys);
  }

  /** A new installation with fresh randomness. */
  public static VaultContents create() {
    Entry first = new Entry(1, 1, State.GRANTING);
    return new VaultContents(
        UUID.randomUUID(), List.of(freshRoot(1)), List.of(first), List.of(first));
  }

  /** With one more root secret; everything already derived stays under its own root. */
  public VaultContents withNewRoot() {
    List<Root> more = new ArrayList<>(roots);
    more.add(freshRoot(newestRoot() + 1));
    return new VaultContents(installationId, more, allocationSecrets, gatewayKeys);
  }

  /** With one more accepted id, derived from the newest root. */
  public VaultContents withNew(Kind kind) {
    int id = entries(kind).get(entries(kind).size() - 1).id() + 1;
    if (id > MAX_ID) {
      throw new VaultException(
          "no " + kind.label() + " id is left (255 is the last): start a new installation");
    }
    List<Entry> more = new ArrayList<>(entries(kind));
    more.add(new Entry(id, newestRoot(), State.ACCEPTED));
    return with(kind, more);
  }

  /** With this id granting, and the one before it accepted. */
  public VaultContents withGranting(Kind kind, int id) {
    requireState(kind, id, State.ACCEPTED, "can be made granting");
    return map(
        kind,
        entry ->
            entry.id() == id
                ? entry.in(State.GRANTING)
                : entry.state() == State.GRANTING ? entry.in(State.ACCEPTED) : entry);
  }

  /** With this id retired: whatever it derived is not recognised any more. */
  public VaultContents withRetired(Kind kind, int id) {
    requireState(kind, id, State.ACCEPTED, "can be retired; make another one granting first");
    return map(kind, entry -> entry.id() == id ? entry.in(State.RETIRED) : entry);
  }

  /**
   * Without this root secret: product keys that come from it, or are sealed under it, are lost.
   *
   * @throws VaultException if it is the newest one, or something in use is derived from it
   */
  public VaultContents withoutRoot(int version) {
    if (roots.stream().noneMatch(root -> root.version() == version)) {
      throw new VaultException("root secret " + version + " is not held");
    }
    if (version == newestRoot()) {
      throw new VaultException(
          "root secret " + version + " is the newest one: add another one first");
    }
    for (Kind kind : Kind.values()) {
      for (Entry entry : entries(kind)) {
        if (entry.rootVersion() == version && entry.state() != State.RETIRED) {
          throw new VaultException(
              kind.label()
                  + " "
                  + entry.id()
                  + " comes from root secret "
                  + version
                  + ": retire it first");
        }
      }
    }
    List<Root> left = roots.stream().filter(root -> root.version() != version).toList();
    return new VaultContents(installationId, left, allocationSecrets, gatewayKeys);
  }

  /**
   * The same for the same secrets in the same states, 64 characters; says nothing of the secrets,
   * from each of which a part of it is derived.
   */
  public String mark() {
    byte[] mark = MARK;
    for (Kind kind : Kind.values()) {
      for (Entry entry : entries(kind)) {
        String line =
            kind.label() + " " + entry.id() + " " + entry.rootVersion() + " " + entry.state();
        mark = Hmac.sha256(mark, line.getBytes(StandardCharsets.US_ASCII));
      }
    }
    for (Root root : roots) {
      try (Secret part =
          Hmac.expand(root.secret(), MARK, ByteBuffer.allocate(4).putInt(root.version()).array())) {
        mark = Hmac.sha256(mark, part.expose());
      }
    }
    return HexFormat.of().formatHex(mark);
  }

  /** The ids of a kind. */
  public List<Entry> entries(Kind kind) {
    return switch (kind) {
      case ALLOCATION_SECRET -> allocationSecrets;
      case GATEWAY_KEY -> gatewayKeys;
    };
  }

  /** Version of the newest root secret. */
  public int newestRoot() {
    return roots.get(roots.size() - 1).version();
  }

  private void requireState(Kind kind, int id, State state, String what) {
    boolean found =
        entries(kind).stream().anyMatch(entry -> entry.id() == id && entry.state() == state);
    if (!found) {
      throw new VaultException(
          kind.label() + " " + id + " is not accepted; only an accepted one " + what);
    }
  }

  private VaultContents map(Kind kind, UnaryOperator<Entry> change) {
    return with(kind, entries(kind).stream().map(change).toList());
  }

  private VaultContents with(Kind kind, List<Entry> entries) {
    return switch (kind) {
      case ALLOCATION_SECRET -> new VaultContents(installationId, roots, entries, gatewayKeys);
      case GATEWAY_KEY -> new VaultContents(installationId, roots, allocationSecrets, entries);
    };
  }

  private static Root freshRoot(int version) {
    byte[] bytes = new byte[SECRET_LENGTH];
    RANDOM.nextBytes(bytes);
    return new Root(version, Secret.adopt(bytes));
  }
}
