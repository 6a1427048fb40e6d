package io.otakey.gateway.registry.pg;

import io.otakey.gateway.registry.KeyUse;
import io.otakey.gateway.registry.pg.Situation.Again;
import io.otakey.gateway.registry.pg.Situation.Gate;
import io.otakey.gateway.registry.pg.Situation.Market;
import io.otakey.protocol.key.DecisionTable.Asked;
import io.otakey.protocol.key.DeviceRow;
import io.otakey.protocol.key.GrantToken;
import io.otakey.protocol.key.GrantToken.Kind;
import io.otakey.protocol.key.RowStatus;
import io.otakey.protocol.wire.DeviceRef;
import io.otakey.protocol.wire.KeyRef;
import io.otakey.protocol.wire.Token;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * Every combination of row state, epoch, token, kind, generation, attempt, policy, approval,
 * recovery and question, each as a device of its own.
 */
final class Situations {
  private static final long ROW_EPOCH = 5;
  private static final int[] ROW_ATTEMPTS = {7, GrantToken.MAX_ATTEMPT};
  private static final int[] LEADS = {-1, 0, 1, 64, 65};

  /** A row without its token's bytes, which depend on the key it is compared with. */
  private record RowShape(
      RowStatus status, long epoch, boolean token, boolean approved, int recoveredIn) {}

  private final List<Situation> all = new ArrayList<>();
  private int number;

  private Situations() {}

  /** About a hundred thousand. */
  static List<Situation> all() {
    Situations situations = new Situations();
    situations.cross(List.of(Gate.OPEN), List.of(Again.ON_APPROVAL, Again.OPEN), Kind.values());
    situations.cross(List.of(Gate.NO_LONGER), List.of(Again.ON_APPROVAL), Kind.values());
    // The other reasons matter to enrollments only.
    situations.cross(
        List.of(Gate.NOT_YET, Gate.KEY_RETIRED, Gate.ALLOW_LIST, Gate.QUOTA_SPENT, Gate.QUOTA_LEFT),
        List.of(Again.ON_APPROVAL),
        Kind.ENROLL);
    situations.cross(List.of(Gate.OPEN), List.of(Again.NEVER, Again.OPEN_NO_LONGER), Kind.ENROLL);
    return situations.all;
  }

  private void cross(List<Gate> gates, List<Again> agains, Kind... kinds) {
    for (Gate gate : gates) {
      for (Again again : agains) {
        for (boolean inRecovery : new boolean[] {false, true}) {
          String id = (gate + "-" + again + (inRecovery ? "-r" : "")).toLowerCase(Locale.ROOT);
          Market market = new Market(id.replace('_', '-'), gate, again, inRecovery);
          shapes().forEach(shape -> rows(market, shape, kinds));
        }
      }
    }
  }

  private static Stream<RowShape> shapes() {
    RowShape none = new RowShape(RowStatus.NONE, 0, false, false, 0);
    RowShape registered = new RowShape(RowStatus.EXPECTED, 0, false, false, 0);
    Stream<RowShape> kept =
        IntStream.of(0, Situation.GENERATION - 1, Situation.GENERATION)
            .boxed()
            .flatMap(
                recovered ->
                    Stream.of(
                        new RowShape(RowStatus.EXPECTED, ROW_EPOCH, true, false, recovered),
                        new RowShape(RowStatus.EXPECTED, ROW_EPOCH, false, false, recovered),
                        new RowShape(RowStatus.ACTIVE, ROW_EPOCH, true, false, recovered),
                        new RowShape(RowStatus.ACTIVE, ROW_EPOCH, true, true, recovered)));
    Stream<RowShape> barred =
        Stream.of(
            new RowShape(RowStatus.BLOCKED, ROW_EPOCH, true, false, 0),
            new RowShape(RowStatus.REVOKED, ROW_EPOCH, true, false, 0),
            new RowShape(RowStatus.REMOVED, ROW_EPOCH, false, false, 0));
    return Stream.of(Stream.of(none, registered), kept, barred).flatMap(s -> s);
  }

  private void rows(Market market, RowShape shape, Kind... kinds) {
    boolean absent = shape.status == RowStatus.NONE;
    int[] attempts = shape.recoveredIn == 0 ? ROW_ATTEMPTS : new int[] {ROW_ATTEMPTS[0]};
    for (int attempt : absent ? new int[] {0} : attempts) {
      for (Kind kind : kinds) {
        for (int generation = 2; generation <= 4; generation++) {
          for (int lead = -1; lead <= 1; lead++) {
            int granted = attempt + lead;
            if (granted >= 0 && granted <= GrantToken.MAX_ATTEMPT) {
              questions(market, shape, attempt, grant(kind, generation, granted));
            }
          }
        }
      }
    }
  }

  private GrantToken grant(Kind kind, int generation, int attempt) {
    int pkVersion = kind == Kind.ENROLL ? 1 : 0;
    int connection = number % 3;
    return new GrantToken(1, kind, pkVersion, generation, attempt, connection, Keys.salt(number));
  }

  private void questions(Market market, RowShape shape, int attempt, GrantToken grant) {
    for (long epoch = Math.max(1, shape.epoch - 1); epoch <= shape.epoch + 2; epoch++) {
      for (boolean same : shape.token ? new boolean[] {true, false} : new boolean[] {false}) {
        for (Asked asked : Asked.values()) {
          add(market, row(shape, attempt, same ? grant : other(grant)), epoch, grant, asked);
        }
      }
    }
  }

  private void add(Market market, DeviceRow row, long epoch, GrantToken grant, Asked asked) {
    DeviceRef ref = new DeviceRef(market.id(), "d" + number);
    KeyUse use = new KeyUse(new KeyRef(ref, epoch, grant.encode()), grant);
    OptionalInt abandoned = OptionalInt.empty();
    if (asked == Asked.ABANDON) {
      int lead = LEADS[number % LEADS.length];
      abandoned =
          OptionalInt.of(Math.min(GrantToken.MAX_ATTEMPT, Math.max(0, row.attempt() + lead)));
    }
    number++;
    all.add(new Situation(market, row, row.epoch() > 0, use, asked, abandoned));
  }

  private static GrantToken other(GrantToken grant) {
    return new GrantToken(
        grant.allocationSecretId(),
        grant.kind(),
        grant.pkVersion(),
        grant.generation(),
        grant.attempt(),
        grant.connectionId(),
        new byte[] {9, 9, 9, 9, 9, 9, 9});
  }

  private static DeviceRow row(RowShape shape, int attempt, GrantToken token) {
    if (shape.status == RowStatus.NONE) {
      return DeviceRow.NONE;
    }
    Optional<Token> bytes = shape.token ? Optional.of(token.encode()) : Optional.empty();
    return new DeviceRow(
        shape.status, shape.epoch, bytes, attempt, 5, shape.recoveredIn, shape.approved);
  }
}
