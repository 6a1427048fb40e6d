package io.otakey.gateway.registry;

import io.otakey.gateway.registry.EnrollAnswer.Outcome;
import io.otakey.protocol.key.DecisionTable;
import io.otakey.protocol.key.DecisionTable.Asked;
import io.otakey.protocol.key.DeviceRow;
import io.otakey.protocol.key.Fact;
import io.otakey.protocol.key.GrantToken;
import io.otakey.protocol.key.RowStatus;
import io.otakey.protocol.key.Verdict;
import io.otakey.protocol.wire.DeviceRef;
import io.otakey.protocol.wire.KeyRef;
import io.vertx.core.Future;
import java.time.Instant;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;

/**
 * The registry of devices in memory, for walks that are too long for a database. It passes the
 * contract that PostgreSQL passes. Answers at once, on the caller's thread; not thread-safe.
 */
public class MemoryRegistry implements DeviceRegistry {
  private final InstantSource clock;
  private final Map<String, Product> products = new HashMap<>();
  private final Map<String, Long> everCommitted = new HashMap<>();
  private final Set<DeviceRef> committed = new HashSet<>();
  private final Map<DeviceRef, OperatorAction.State> rows = new HashMap<>();

  /** An empty one. */
  public MemoryRegistry(InstantSource clock) {
    this.clock = clock;
  }

  /** Puts a product there, or another in its place. */
  public void put(Product product) {
    products.put(product.id(), product);
  }

  /** The product. */
  public Optional<Product> product(String id) {
    return Optional.ofNullable(products.get(id));
  }

  /** The row, {@link DeviceRow#NONE} if there is none. */
  public DeviceRow row(DeviceRef ref) {
    return state(ref).row();
  }

  /** The row with what operators left in it. */
  public OperatorAction.State state(DeviceRef ref) {
    return rows.getOrDefault(
        ref, new OperatorAction.State(DeviceRow.NONE, Optional.empty(), Wanted.NOTHING));
  }

  /** Puts a row there, as a fail-over or a backup would. */
  public void put(DeviceRef ref, OperatorAction.State state) {
    rows.put(ref, state);
    if (state.row().epoch() > 0) {
      committed.add(ref);
    }
  }

  /** Does what an operator asks for, if the row's state allows it; says whether it does. */
  public boolean act(OperatorAction action, DeviceRef ref) {
    OperatorAction.State before = state(ref);
    if (action.refusal(before).isPresent()) {
      return false;
    }
    rows.put(ref, action.apply(before));
    return true;
  }

  @Override
  public Future<EnrollAnswer> enroll(DeviceRef ref, int pkVersion) {
    DeviceRow row = row(ref);
    Optional<Product> found = product(ref.productId());
    if (found.isEmpty()) {
      return Future.succeededFuture(new EnrollAnswer(Outcome.UNKNOWN_PRODUCT, row, 0, 0));
    }
    Product product = found.get();
    int connection = product.connectionId() == 0 ? row.connectionId() : product.connectionId();
    Outcome outcome = outcome(product, ref, row, pkVersion);
    return Future.succeededFuture(new EnrollAnswer(outcome, row, product.generation(), connection));
  }

  @Override
  public Future<Decision> confirm(KeyUse use) {
    return decided(use, Asked.CONFIRM, OptionalInt.empty());
  }

  @Override
  public Future<Decision> poll(KeyUse use) {
    return decided(use, Asked.POLL_OR_ROTATE, OptionalInt.empty());
  }

  @Override
  public Future<Decision> rotate(KeyUse use) {
    return decided(use, Asked.POLL_OR_ROTATE, OptionalInt.empty());
  }

  @Override
  public Future<Decision> abandon(KeyUse use, int abandonedAttempt, int reason) {
    return decided(use, Asked.ABANDON, OptionalInt.of(abandonedAttempt));
  }

  @Override
  public Future<Decision> login(KeyUse use) {
    DeviceRow row = row(use.key().ref());
    boolean own = row.token().equals(Optional.of(use.key().token()));
    KeyRef key =
        new KeyRef(use.key().ref(), own ? row.epoch() : row.epoch() + 1, use.key().token());
    return Future.succeededFuture(
        decision(new KeyUse(key, use.grant()), Asked.CONFIRM, OptionalInt.empty()));
  }

  @Override
  public void observe(DeviceRef ref, Observation observation) {}

  @Override
  public void note(SecurityEvent event) {}

  /** What the table says; a test that seeds faults says something else. */
  protected Verdict verdict(Fact.Case facts, KeyUse use, Asked asked) {
    return DecisionTable.decide(facts).verdict(asked);
  }

  /** The row's attempt after an ABANDON that is served, -1: refused. */
  protected int attemptAfterAbandon(int attempt, int abandoned) {
    return DecisionTable.attemptAfterAbandon(attempt, abandoned);
  }

  /** Called before a decision is written. */
  protected void decided(KeyUse use, Asked asked, Verdict verdict, DeviceRow after) {}

  private Future<Decision> decided(KeyUse use, Asked asked, OptionalInt abandoned) {
    Decision decision = decision(use, asked, abandoned);
    DeviceRef ref = use.key().ref();
    decided(use, asked, decision.verdict(), decision.row());
    if (!decision.row().equals(row(ref))) {
      if (decision.verdict().commits() && committed.add(ref)) {
        everCommitted.merge(ref.productId(), 1L, Long::sum);
      }
      OperatorAction.State before = state(ref);
      rows.put(ref, new OperatorAction.State(decision.row(), before.returnsTo(), before.wanted()));
    }
    return Future.succeededFuture(decision);
  }

  private Decision decision(KeyUse use, Asked asked, OptionalInt abandoned) {
    DeviceRef ref = use.key().ref();
    DeviceRow row = row(ref);
    Optional<Product> product = product(ref.productId());
    int generation = product.map(Product::generation).orElse(0);
    boolean recovering = product.map(Product::inRecovery).orElse(false);
    int pkVersion = use.grant().pkVersion();
    Fact.Case facts =
        new Fact.Case(
            row,
            use.key().epoch(),
            use.grant(),
            generation,
            recovering,
            product.map(p -> reEnrolls(p, row)).orElse(false),
            product.map(p -> allows(p, ref, row, pkVersion)).orElse(false));
    Verdict verdict = verdict(facts, use, asked);
    Optional<DeviceRow> after = after(use, verdict, row, generation);
    if (after.isPresent() && asked == Asked.ABANDON && serves(verdict)) {
      after = raised(after.get(), abandoned.orElseThrow());
    }
    Wanted wanted =
        asked == Asked.POLL_OR_ROTATE && !verdict.writes() ? state(ref).wanted() : Wanted.NOTHING;
    return after
        .map(now -> new Decision(verdict, now, generation, recovering, wanted))
        .orElseGet(() -> new Decision(Verdict.REFUSED, row, generation, recovering, wanted));
  }

  private static boolean serves(Verdict verdict) {
    return verdict == Verdict.CURRENT || verdict.commits();
  }

  /** The row after the verdict; empty if an attempt would not fit a token. */
  private static Optional<DeviceRow> after(
      KeyUse use, Verdict verdict, DeviceRow row, int generation) {
    GrantToken token = use.grant();
    if (verdict == Verdict.FENCE) {
      return token.attempt() < GrantToken.MAX_ATTEMPT
          ? Optional.of(withAttempt(row, token.attempt() + 1))
          : Optional.empty();
    }
    if (!verdict.commits()) {
      return Optional.of(row);
    }
    return Optional.of(
        new DeviceRow(
            verdict == Verdict.COMMIT_EXPECTED ? RowStatus.EXPECTED : RowStatus.ACTIVE,
            use.key().epoch(),
            Optional.of(use.key().token()),
            Math.max(row.attempt(), token.attempt()),
            token.connectionId() == 0 ? row.connectionId() : token.connectionId(),
            verdict == Verdict.COMMIT_RECOVERED ? generation : row.recoveredIn(),
            false));
  }

  private Optional<DeviceRow> raised(DeviceRow row, int abandoned) {
    int attempt = attemptAfterAbandon(row.attempt(), abandoned);
    return attempt < 0 ? Optional.empty() : Optional.of(withAttempt(row, attempt));
  }

  private static DeviceRow withAttempt(DeviceRow row, int attempt) {
    return new DeviceRow(
        row.status(),
        row.epoch(),
        row.token(),
        attempt,
        row.connectionId(),
        row.recoveredIn(),
        row.reEnrollApproved());
  }

  // ---- policy

  /** Policy before existence (protocol section 6.4), a bar and a recovery before both. */
  private Outcome outcome(Product product, DeviceRef ref, DeviceRow row, int pkVersion) {
    boolean reset = row.status() == RowStatus.EXPECTED && row.epoch() > 0;
    boolean barred =
        switch (row.status()) {
          case BLOCKED, REVOKED, REMOVED -> true;
          case NONE, EXPECTED, ACTIVE -> false;
        };
    if (barred) {
      return Outcome.BARRED;
    } else if (product.inRecovery() && !reset) {
      return Outcome.RECOVERING;
    } else if (!keyIsActive(product, pkVersion)) {
      return Outcome.KEY_VERSION;
    } else if (!isOpen(product)) {
      return Outcome.WINDOW;
    } else if (!isListed(product, row)) {
      return Outcome.ALLOW_LIST;
    } else if (!hasQuota(product, ref)) {
      return Outcome.QUOTA;
    } else if (row.epoch() >= KeyRef.MAX_EPOCH) {
      return Outcome.EPOCHS_SPENT;
    } else if (row.status() == RowStatus.ACTIVE && !reEnrolls(product, row)) {
      return Outcome.ALREADY_ENROLLED;
    }
    return Outcome.GRANT;
  }

  private boolean allows(Product product, DeviceRef ref, DeviceRow row, int pkVersion) {
    return keyIsActive(product, pkVersion)
        && isOpen(product)
        && isListed(product, row)
        && hasQuota(product, ref);
  }

  private static boolean keyIsActive(Product product, int version) {
    return product.key(version).filter(key -> !key.retired()).isPresent();
  }

  private boolean isOpen(Product product) {
    Instant now = clock.instant();
    return product.policy().from().map(from -> !now.isBefore(from)).orElse(true)
        && product.policy().until().map(now::isBefore).orElse(true);
  }

  private static boolean isListed(Product product, DeviceRow row) {
    return !product.policy().allowList() || row.status() != RowStatus.NONE;
  }

  private boolean hasQuota(Product product, DeviceRef ref) {
    long used = everCommitted.getOrDefault(product.id(), 0L);
    return committed.contains(ref)
        || product.policy().quota().isEmpty()
        || used < product.policy().quota().getAsLong();
  }

  private boolean reEnrolls(Product product, DeviceRow row) {
    ReEnroll reEnroll = product.policy().reEnroll();
    return (row.reEnrollApproved() && reEnroll.mode() != ReEnroll.Mode.NEVER)
        || reEnroll.until().map(until -> clock.instant().isBefore(until)).orElse(false);
  }
}
