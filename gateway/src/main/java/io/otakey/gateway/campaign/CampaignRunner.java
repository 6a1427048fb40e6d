package io.otakey.gateway.campaign;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.otakey.gateway.metric.Metric;
import io.otakey.gateway.registry.Announcer;
import io.otakey.gateway.registry.DutyLoop;
import io.otakey.gateway.registry.Lease;
import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Runs campaigns, on whichever node has the lease. Everything that lasts is in the ledger: a node
 * that dies between two steps, or in one, is replaced by one that goes on from there. Deploy one
 * instance; it never blocks its event loop.
 */
public final class CampaignRunner extends VerticleBase {
  private static final Logger LOG = LoggerFactory.getLogger(CampaignRunner.class);

  /** Devices in one transaction: short enough not to hold up their CONFIRMs. */
  private static final int CHUNK = 2000;

  private static final int EVENTS = 5000;

  /** Transactions of one kind in one tick. */
  private static final int ROUNDS = 20;

  private final CampaignConfig config;
  private final CampaignLedger ledger;
  private final Announcer announcer;
  private final Counter counted;
  private final Brake brake;
  private final Map<Long, Allowance> allowances = new HashMap<>();
  private final DutyLoop loop;

  /** Begins once it is deployed. */
  public CampaignRunner(
      CampaignConfig config, CampaignLedger ledger, Announcer announcer, MeterRegistry meters) {
    this.config = config;
    this.ledger = ledger;
    this.announcer = announcer;
    this.counted = Metric.CAMPAIGN_DEVICES_ASKED.counter(meters);
    this.brake = new Brake(meters, config);
    this.loop = new DutyLoop("campaigns", ledger, this::lead);
    Metric.DUTY_LEADS.gauge(meters, loop, DutyLoop::leads, "campaigns");
  }

  @Override
  public Future<?> start() {
    loop.start(vertx, config.tick());
    return Future.succeededFuture();
  }

  @Override
  public Future<?> stop() {
    return loop.halt().compose(done -> loop.resign());
  }

  private Future<Void> lead(Lease lease) {
    return DutyLoop.repeat(ROUNDS, EVENTS, () -> ledger.absorb(lease, EVENTS))
        .compose(v -> ledger.unfinished())
        .compose(campaigns -> run(lease, campaigns));
  }

  private Future<Void> run(Lease lease, List<Campaign> campaigns) {
    allowances.keySet().retainAll(campaigns.stream().map(Campaign::id).toList());
    double share = brake.look();
    Future<?> done = Future.succeededFuture();
    for (Campaign campaign : campaigns) {
      done =
          done.compose(
              v -> loop.isHalted() ? Future.succeededFuture() : step(lease, campaign, share));
    }
    return done.mapEmpty();
  }

  private Future<?> step(Lease lease, Campaign campaign, double share) {
    return switch (campaign.state()) {
      case PLANNING -> ledger.plan(lease, campaign);
      case RUNNING -> expire(lease, campaign).compose(v -> go(lease, campaign, share));
      case PAUSED -> expire(lease, campaign);
      case STOPPING -> DutyLoop.repeat(ROUNDS, 1, () -> ledger.cancel(lease, campaign, CHUNK));
      case WAITING_FOR_APPROVAL, DENIED, READY, STOPPED, FINISHED -> Future.succeededFuture();
    };
  }

  private Future<?> expire(Lease lease, Campaign campaign) {
    return DutyLoop.repeat(ROUNDS, CHUNK, () -> ledger.expire(lease, campaign, CHUNK));
  }

  private Future<?> go(Lease lease, Campaign campaign, double share) {
    boolean joining =
        campaign.order().joinUntil().map(until -> until.isAfter(Instant.now())).orElse(false);
    Optional<Steering.Turn> turn = Steering.next(campaign, joining);
    if (turn.isPresent()) {
      LOG.info("campaign {} ({}): {}", campaign.id(), campaign.order().name(), turn.get());
      return ledger.steer(lease, campaign, turn.get());
    }
    Future<?> joined = joining ? ledger.join(lease, campaign) : Future.succeededFuture();
    return joined.compose(v -> ask(lease, campaign, share));
  }

  private Future<?> ask(Lease lease, Campaign campaign, double share) {
    long now = System.nanoTime();
    Allowance allowance = allowances.computeIfAbsent(campaign.id(), id -> new Allowance(now));
    Pace pace = campaign.order().pace();
    Tally total = campaign.total();
    long counted =
        switch (pace.counting()) {
          case NOTIFIED -> total.asked();
          case CONFIRMED -> total.of(MemberState.CONFIRMED);
        };
    int allowed = allowance.now(now, pace.after(counted) * share);
    return ask(lease, campaign, allowance, allowed, ROUNDS);
  }

  private Future<?> ask(
      Lease lease, Campaign campaign, Allowance allowance, int allowed, int rounds) {
    if (allowed == 0 || rounds == 0) {
      return Future.succeededFuture();
    }
    int chunk = Math.min(allowed, CHUNK);
    return ledger
        .ask(lease, campaign, chunk)
        .compose(
            asking -> {
              int asked = asking.devices();
              announcer.announce(asking.asked());
              allowance.used(asked);
              counted.increment(asked);
              return asked < chunk
                  ? Future.succeededFuture()
                  : ask(lease, campaign, allowance, allowed - asked, rounds - 1);
            });
  }
}
