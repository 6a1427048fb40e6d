package io.otakey.gateway.audit;

import io.otakey.gateway.audit.Chain.Proof;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * What a look at one page of the chain found.
 *
 * @param to the last place that holds
 * @param present entries of the page that are there
 * @param unsealed entries of the page that no node had sealed
 * @param fault the first place that does not hold, if there is one
 */
public record ChainCheck(
    ChainPage page, ChainPlace to, long present, long unsealed, Optional<ChainBreak> fault) {
  private static final String FORGED =
      "where the chain begins and ends was not written by a gateway: somebody wrote to the"
          + " database, or its vault is another one";

  /** Whether this node holds the root secret that says where the chain ends. */
  public static boolean isPossible(Chain chain, ChainPage page) {
    return chain.proof(page.state()) != Proof.UNKNOWN;
  }

  /** Looks at it. */
  public static ChainCheck of(Chain chain, ChainPage page) {
    ChainWalk walk = new ChainWalk(chain, page.state(), page.after());
    Optional<ChainBreak> fault =
        chain.proof(page.state()) == Proof.HOLDS ? along(walk, page) : forged(page);
    return new ChainCheck(page, walk.place(), walk.present(), walk.unsealed(), fault);
  }

  private static Optional<ChainBreak> forged(ChainPage page) {
    return Optional.of(
        new ChainBreak(page.state().head().position(), OptionalLong.empty(), FORGED));
  }

  private static Optional<ChainBreak> along(ChainWalk walk, ChainPage page) {
    for (ChainPage.Linked linked : page.links()) {
      Optional<ChainBreak> fault = walk.next(linked.link(), linked.rows());
      if (fault.isPresent()) {
        return fault;
      }
    }
    if (!page.last()) {
      return Optional.empty();
    }
    return walk.end().or(() -> loose(page));
  }

  private static Optional<ChainBreak> loose(ChainPage page) {
    return page.loose().isEmpty()
        ? Optional.empty()
        : Optional.of(new ChainBreak(0, page.loose(), "it was put in past the gateway"));
  }
}
