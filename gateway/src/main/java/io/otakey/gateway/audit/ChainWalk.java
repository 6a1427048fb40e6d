package io.otakey.gateway.audit;

import io.otakey.gateway.audit.Chain.Proof;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/** Goes along the chain from a place that is known, link by link. */
public final class ChainWalk {
  /** How long after the chain's begin nodes of before may still write, in a rolling upgrade. */
  static final Duration UPGRADE = Duration.ofDays(1);

  private final Chain chain;
  private final ChainState state;
  private ChainPlace place;
  private ChainPlace proven;
  private int provenRoot;
  private long present;
  private long unsealed;

  /** Begins after this place. */
  public ChainWalk(Chain chain, ChainState state, ChainPlace after) {
    this.chain = chain;
    this.state = state;
    this.place = after;
    this.proven = after;
  }

  /** Where it is. */
  public ChainPlace place() {
    return place;
  }

  /** The last place whose own MAC was found to hold. */
  public ChainPlace proven() {
    return proven;
  }

  /** Entries that are there. */
  public long present() {
    return present;
  }

  /** Entries, there or gone, that no node had sealed. */
  public long unsealed() {
    return unsealed;
  }

  /**
   * One link further.
   *
   * @param rows the rows of the entry's id: one, or none if it is gone by retention
   * @return why not
   */
  public Optional<ChainBreak> next(ChainLink link, List<ChainRow> rows) {
    return step(link).or(() -> entry(link, rows));
  }

  /** As {@link #next}, without the entry. */
  public Optional<ChainBreak> step(ChainLink link) {
    if (link.position() != place.position() + 1) {
      return Optional.of(
          new ChainBreak(
              place.position() + 1,
              OptionalLong.empty(),
              "its link is missing; the next one is of entry " + link.entryId()));
    }
    ChainPlace next = new ChainPlace(link.position(), link.hash(place.hash()));
    Proof proof = chain.proof(link, next.hash());
    if (proof == Proof.FORGED || isOutOfOrder(link.root())) {
      return Optional.of(ChainBreak.at(link, broken()));
    }
    place = next;
    if (proof == Proof.HOLDS) {
      proven = next;
      provenRoot = link.root();
    }
    return Optional.empty();
  }

  /** Versions of root secrets only rise: nobody hides behind one that is not held any more. */
  private boolean isOutOfOrder(int root) {
    return root < provenRoot || root > state.root();
  }

  /** Where the chain of links is to end. */
  public Optional<ChainBreak> end() {
    ChainPlace head = state.head();
    if (place.position() < head.position()) {
      return Optional.of(
          new ChainBreak(
              place.position() + 1,
              OptionalLong.empty(),
              "its link is missing, and so is everything up to " + head.position()));
    }
    return place.is(head)
        ? Optional.empty()
        : Optional.of(new ChainBreak(place.position(), OptionalLong.empty(), broken()));
  }

  /** Links of a root secret that is not held are proven by those behind them. */
  private String broken() {
    return "its link was not made by a gateway, or something before it was changed"
        + (proven.position() < place.position()
            ? ", at the earliest behind position " + proven.position()
            : "");
  }

  private Optional<ChainBreak> entry(ChainLink link, List<ChainRow> rows) {
    unsealed += link.sealed() ? 0 : 1;
    if (rows.size() > 1) {
      return Optional.of(ChainBreak.at(link, "it is there " + rows.size() + " times"));
    }
    if (rows.isEmpty()) {
      return link.at().isBefore(state.goneBefore())
          ? Optional.empty()
          : Optional.of(ChainBreak.at(link, "it was removed"));
    }
    present++;
    ChainRow row = rows.get(0);
    if (!Arrays.equals(link.digest(), Seals.digest(row.entry(), row.seal()))) {
      return Optional.of(ChainBreak.at(link, "it was changed"));
    }
    return link.sealed() || link.linkedAt().isBefore(state.bornAt().plus(UPGRADE))
        ? Optional.empty()
        : Optional.of(ChainBreak.at(link, "it was not written by a gateway of this release"));
  }
}
