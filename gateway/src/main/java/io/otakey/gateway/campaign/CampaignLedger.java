package io.otakey.gateway.campaign;

import io.otakey.gateway.registry.DutyLedger;
import io.otakey.gateway.registry.Lease;
import io.otakey.gateway.registry.LeaseLostException;
import io.vertx.core.Future;
import java.util.List;

/**
 * What the node that runs campaigns reads and writes. Every change is one transaction that holds
 * only while the node's lease does: a node that was frozen and comes back changes nothing. Futures
 * fail with {@link LeaseLostException}, or with {@code RegistryUnavailableException}.
 */
public interface CampaignLedger extends DutyLedger {
  /** Campaigns for which there is something to do: planning, running, paused, stopping. */
  Future<List<Campaign>> unfinished();

  /** Chooses the devices of a campaign, and goes on to its next state. Set-based. */
  Future<Void> plan(Lease lease, Campaign campaign);

  /**
   * Takes note of what devices did meanwhile, in the order of their commits.
   *
   * @return how many events were read; fewer than {@code limit}: there are no more
   */
  Future<Integer> absorb(Lease lease, int limit);

  /**
   * Asks the next devices of the open waves.
   *
   * @return which; fewer than {@code limit}: there are no more
   */
  Future<Asking> ask(Lease lease, Campaign campaign, int limit);

  /**
   * Gives up devices that were asked longer ago than the order's time-out, or queues them again.
   *
   * @return how many
   */
  Future<Integer> expire(Lease lease, Campaign campaign, int limit);

  /** Adds devices that have come to match, to the open wave; at most once a minute. */
  Future<Void> join(Lease lease, Campaign campaign);

  /**
   * Takes back what a stopping campaign wanted; once there is nothing left, it is stopped.
   *
   * @return how many devices
   */
  Future<Integer> cancel(Lease lease, Campaign campaign, int limit);

  /** Does what steering says, unless an operator was faster. */
  Future<Void> steer(Lease lease, Campaign campaign, Steering.Turn turn);
}
