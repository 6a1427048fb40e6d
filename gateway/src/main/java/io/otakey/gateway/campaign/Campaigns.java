package io.otakey.gateway.campaign;

import io.otakey.gateway.registry.Actor;
import io.otakey.protocol.wire.DeviceRef;
import io.vertx.core.Future;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;

/**
 * What operators do with campaigns. Every change is audited in its own transaction. Futures fail
 * with {@code RegistryUnavailableException}, or with {@link IllegalArgumentException} for what is
 * outside its range.
 */
public interface Campaigns {
  /** Most rows of one page. */
  int MAX_PAGE = 1000;

  /** What the order would do. Reads every device of its products: seconds for a million. */
  Future<Forecast> forecast(CampaignOrder order);

  /** Stores the order; the node that runs campaigns plans it. */
  Future<Campaign> create(Actor actor, CampaignOrder order);

  /** One campaign; empty if there is none. */
  Future<Optional<Campaign>> get(long id);

  /**
   * A page, newest first.
   *
   * @param products only those all of whose products are among these; empty = every campaign
   * @param states only those in one of these; empty = in any
   * @param before only older ones than this id
   * @param limit 1..{@link #MAX_PAGE}
   */
  Future<List<Campaign>> list(
      Set<String> products, Set<CampaignState> states, OptionalLong before, int limit);

  /**
   * A page of a campaign's devices, by product and device id.
   *
   * @param state only those; empty = all
   * @param limit 1..{@link #MAX_PAGE}
   */
  Future<List<Member>> members(
      long id, Optional<MemberState> state, Optional<DeviceRef> after, int limit);

  /** Does one of the verbs. */
  Future<CampaignChange> act(Actor actor, CampaignVerb verb, long id);
}
