package io.otakey.gateway.audit;

import io.otakey.gateway.registry.DutyLedger;
import io.otakey.gateway.registry.Lease;
import io.vertx.core.Future;
import java.util.Optional;

/**
 * The chain of the audit log. Futures fail with {@code RegistryUnavailableException}, with {@code
 * LeaseLostException}, or with {@code IllegalStateException} if the chain's state is not one that
 * this vault made.
 */
public interface ChainLedger extends DutyLedger {
  /** Most links of one page. */
  int MAX_PAGE = 1000;

  /**
   * What a node looks at now and then.
   *
   * @param state empty before there is a chain
   * @param seen the MAC of the link that was asked about; empty: there is no such link
   * @param head likewise of the newest link
   */
  record Look(Optional<ChainState> state, Optional<byte[]> seen, Optional<byte[]> head) {}

  /**
   * Chains entries that wait, beginning the chain if there is none.
   *
   * @return how many
   */
  Future<Integer> extend(Lease lease, int most);

  /**
   * Forgets links at the beginning whose entries are gone by retention.
   *
   * @return how many
   */
  Future<Integer> prune(Lease lease, int most);

  /** How the chain stands; {@code position} 0 asks about no link. */
  Future<Look> look(long position);

  /**
   * How many entries wait for a link, up to 100,000. Whoever holds the chain up does not hold this
   * up.
   */
  Future<Long> waiting();

  /**
   * Links after a place, or from the beginning; from there, too, if the place is before it. Empty
   * before there is a chain.
   *
   * @param limit 1..{@link #MAX_PAGE}
   */
  Future<Optional<ChainPage>> page(Optional<ChainPlace> after, int limit);
}
