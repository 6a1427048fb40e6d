package io.otakey.gateway.campaign;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/** Makes orders for tests, with one thing after the other as it should be. */
public final class Orders {
  private Goal goal = new Goal.Rotate();
  private Target target;
  private Pace pace = Pace.constant(100);
  private List<Integer> waves = List.of();
  private int successPercent = 100;
  private boolean pauseAfterWave;
  private List<StopRule> rules = List.of();
  private Duration timeout = Duration.ofHours(1);
  private int retries;
  private Optional<Instant> joinUntil = Optional.empty();
  private boolean needsApproval;
  private boolean startItself;

  private Orders(Target target) {
    this.target = target;
  }

  /** A rotation of a whole product. */
  public static Orders of(String product) {
    return new Orders(Target.product(product));
  }

  public Orders goal(Goal value) {
    goal = value;
    return this;
  }

  public Orders target(Target value) {
    target = value;
    return this;
  }

  public Orders pace(Pace value) {
    pace = value;
    return this;
  }

  public Orders waves(Integer... values) {
    waves = List.of(values);
    return this;
  }

  public Orders success(int percent) {
    successPercent = percent;
    return this;
  }

  public Orders pauseAfterWave() {
    pauseAfterWave = true;
    return this;
  }

  public Orders rules(StopRule... values) {
    rules = List.of(values);
    return this;
  }

  public Orders timeout(Duration value) {
    timeout = value;
    return this;
  }

  public Orders retries(int value) {
    retries = value;
    return this;
  }

  public Orders joinUntil(Instant value) {
    joinUntil = Optional.of(value);
    return this;
  }

  public Orders needsApproval() {
    needsApproval = true;
    return this;
  }

  public Orders startsItself() {
    startItself = true;
    return this;
  }

  public CampaignOrder make() {
    return new CampaignOrder(
        "test",
        goal,
        target,
        pace,
        waves,
        successPercent,
        pauseAfterWave,
        rules,
        timeout,
        retries,
        joinUntil,
        needsApproval,
        startItself);
  }
}
