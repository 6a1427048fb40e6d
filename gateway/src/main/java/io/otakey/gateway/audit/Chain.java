package io.otakey.gateway.audit;

import io.otakey.gateway.audit.AuditKeys.Use;
import io.otakey.gateway.registry.AuditLog.Entry;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Makes links. A hash at each place covers everything before it, and each has a MAC: so the first
 * place that does not hold is known, and a root secret may be retired once there is a MAC of a
 * newer one behind its own.
 */
public final class Chain {
  private static final SecureRandom RANDOM = new SecureRandom();
  private static final byte[] GONE = new byte[32];

  private final AuditKeys keys;
  private final Seals seals;

  /** Of these keys. */
  public Chain(AuditKeys keys) {
    this.keys = keys;
    this.seals = new Seals(keys);
  }

  /** How far a MAC can be told from a forged one. */
  public enum Proof {
    /** Who holds the vault made it. */
    HOLDS,
    /** Nobody did who holds that root secret. */
    FORGED,
    /** This node does not hold that root secret. */
    UNKNOWN
  }

  /** What an entry that waits is: its row, if it is still there. */
  public record Waiting(long entryId, Optional<ChainRow> row) {}

  /** Links, and the state after them. */
  public record Longer(List<ChainLink> links, ChainState state) {
    /** Copies the list. */
    public Longer {
      links = List.copyOf(links);
    }
  }

  /** Version of the root secret that new MACs are of; 0 without a vault. */
  public int newestRoot() {
    return keys.newest();
  }

  /** A chain without links. Its first hash is random: no two chains are alike. */
  public ChainState begin(Instant now) {
    byte[] first = new byte[32];
    RANDOM.nextBytes(first);
    ChainPlace start = new ChainPlace(0, first);
    Instant micros = now.truncatedTo(ChronoUnit.MICROS);
    return sealed(new ChainState(micros, start, Instant.EPOCH, start, 0, new byte[0]));
  }

  /** With a MAC of the newest root secret. */
  public ChainState sealed(ChainState state) {
    int root = keys.newest();
    ChainState under = state.under(root, new byte[0]);
    return under.under(root, mac(root, under.text()));
  }

  /** Whether the state is one that was made by who holds the vault. */
  public Proof proof(ChainState state) {
    return proof(state.root(), state.text(), state.mac());
  }

  Proof proof(ChainLink link, byte[] hash) {
    return proof(link.root(), hash, link.mac());
  }

  private Proof proof(int root, byte[] text, byte[] mac) {
    return keys.mac(Use.CHAIN, root, text)
        .map(right -> MessageDigest.isEqual(right, mac) ? Proof.HOLDS : Proof.FORGED)
        .orElse(Proof.UNKNOWN);
  }

  /** The chain with these entries at its end. */
  public Longer extend(ChainState state, List<Waiting> waiting, Instant now) {
    List<ChainLink> links = new ArrayList<>();
    ChainPlace head = state.head();
    Instant linkedAt = now.truncatedTo(ChronoUnit.MICROS);
    for (Waiting one : waiting) {
      ChainLink bare = bare(state, one, head.position() + 1, linkedAt);
      head = new ChainPlace(bare.position(), bare.hash(head.hash()));
      links.add(bare.with(mac(bare.root(), head.hash())));
    }
    return new Longer(links, sealed(state.at(head)));
  }

  private ChainLink bare(ChainState state, Waiting one, long position, Instant linkedAt) {
    int root = keys.newest();
    if (one.row().isEmpty()) {
      return new ChainLink(
          position, one.entryId(), linkedAt, linkedAt, false, GONE, root, new byte[0]);
    }
    ChainRow row = one.row().get();
    Entry entry = row.entry();
    // An old entry that was gone by retention is not to come again, though its seal holds.
    boolean sealed = !entry.at().isBefore(state.goneBefore()) && seals.holds(entry, row.seal());
    byte[] digest = Seals.digest(entry, row.seal());
    return new ChainLink(
        position, entry.id(), entry.at(), linkedAt, sealed, digest, root, new byte[0]);
  }

  private byte[] mac(int root, byte[] text) {
    return keys.mac(Use.CHAIN, root, text)
        .orElseThrow(() -> new IllegalStateException("the audit log has no key"));
  }
}
