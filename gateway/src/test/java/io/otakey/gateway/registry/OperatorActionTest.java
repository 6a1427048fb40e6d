package io.otakey.gateway.registry;

import static org.assertj.core.api.Assertions.assertThat;

import io.otakey.gateway.registry.OperatorAction.State;
import io.otakey.protocol.key.DeviceRow;
import io.otakey.protocol.key.RowStatus;
import io.otakey.protocol.wire.Token;
import java.util.EnumMap;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** The transitions of protocol section 6.2, cell by cell. */
class OperatorActionTest {
  private static final Token TOKEN = Token.ofHex("01020304");
  private static final Wanted WANTED = new Wanted(6, 8);

  private static State state(RowStatus status, int attempt, boolean approved) {
    Optional<Token> token = status == RowStatus.REMOVED ? Optional.empty() : Optional.of(TOKEN);
    Optional<RowStatus> returnsTo =
        status == RowStatus.BLOCKED ? Optional.of(RowStatus.EXPECTED) : Optional.empty();
    return new State(new DeviceRow(status, 5, token, attempt, 9, 2, approved), returnsTo, WANTED);
  }

  private static Map<RowStatus, RowStatus> outcomes(OperatorAction action) {
    Map<RowStatus, RowStatus> outcomes = new EnumMap<>(RowStatus.class);
    for (RowStatus status : RowStatus.values()) {
      State before = state(status, 7, false);
      if (status != RowStatus.NONE && action.refusal(before).isEmpty()) {
        outcomes.put(status, action.apply(before).row().status());
      }
    }
    return outcomes;
  }

  @Test
  void actions_leadWhereTheProtocolSays() {
    assertThat(outcomes(OperatorAction.RESET))
        .containsExactlyInAnyOrderEntriesOf(Map.of(RowStatus.ACTIVE, RowStatus.EXPECTED));
    assertThat(outcomes(OperatorAction.WITHDRAW_RESET))
        .containsExactlyInAnyOrderEntriesOf(Map.of(RowStatus.EXPECTED, RowStatus.ACTIVE));
    assertThat(outcomes(OperatorAction.BLOCK))
        .containsExactlyInAnyOrderEntriesOf(
            Map.of(RowStatus.EXPECTED, RowStatus.BLOCKED, RowStatus.ACTIVE, RowStatus.BLOCKED));
    assertThat(outcomes(OperatorAction.UNBLOCK))
        .containsExactlyInAnyOrderEntriesOf(Map.of(RowStatus.BLOCKED, RowStatus.EXPECTED));
    assertThat(outcomes(OperatorAction.REVOKE))
        .hasSize(4)
        .doesNotContainKey(RowStatus.REVOKED)
        .allSatisfy((from, to) -> assertThat(to).isEqualTo(RowStatus.REVOKED));
    assertThat(outcomes(OperatorAction.REMOVE))
        .hasSize(4)
        .doesNotContainKey(RowStatus.REMOVED)
        .allSatisfy((from, to) -> assertThat(to).isEqualTo(RowStatus.REMOVED));
    assertThat(outcomes(OperatorAction.REOPEN))
        .containsExactlyInAnyOrderEntriesOf(Map.of(RowStatus.REMOVED, RowStatus.EXPECTED));
    assertThat(outcomes(OperatorAction.APPROVE))
        .containsExactlyInAnyOrderEntriesOf(Map.of(RowStatus.ACTIVE, RowStatus.ACTIVE));
  }

  @Test
  void resetItsWithdrawalAndANewOwner_raiseTheAttemptByOne_andNothingElseDoes() {
    for (OperatorAction action : OperatorAction.values()) {
      for (RowStatus status : RowStatus.values()) {
        State before = state(status, 7, false);
        if (status == RowStatus.NONE || action.refusal(before).isPresent()) {
          continue;
        }
        boolean raises =
            switch (action) {
              case RESET, WITHDRAW_RESET, REOPEN -> true;
              case BLOCK, UNBLOCK, REVOKE, REMOVE, APPROVE -> false;
            };
        DeviceRow after = action.apply(before).row();
        assertThat(after.attempt()).as("%s of %s", action, status).isEqualTo(raises ? 8 : 7);
        assertThat(after.epoch()).isEqualTo(5);
        assertThat(after.recoveredIn()).isEqualTo(2);
        boolean keepsToken = action != OperatorAction.REMOVE && status != RowStatus.REMOVED;
        assertThat(after.token()).isEqualTo(keepsToken ? Optional.of(TOKEN) : Optional.empty());
        assertThat(after.reEnrollApproved()).isEqualTo(action == OperatorAction.APPROVE);
      }
    }
  }

  @Test
  void aNewOwner_inheritsNeitherThePlatformNorWhatWasWanted_andEverybodyElseKeepsBoth() {
    for (OperatorAction action : OperatorAction.values()) {
      boolean ends = action == OperatorAction.REMOVE || action == OperatorAction.REOPEN;
      for (RowStatus status : RowStatus.values()) {
        State before = state(status, 7, false);
        if (status != RowStatus.NONE && action.refusal(before).isEmpty()) {
          State after = action.apply(before);
          assertThat(after.wanted()).as("%s", action).isEqualTo(ends ? Wanted.NOTHING : WANTED);
          assertThat(after.row().connectionId()).as("%s", action).isEqualTo(ends ? 0 : 9);
        }
      }
    }
  }

  @Test
  void block_remembersWhatUnblockReturnsTo() {
    for (RowStatus status : new RowStatus[] {RowStatus.EXPECTED, RowStatus.ACTIVE}) {
      State before = state(status, 7, true);
      State blocked = OperatorAction.BLOCK.apply(before);
      assertThat(blocked.returnsTo()).contains(status);
      State after = OperatorAction.UNBLOCK.apply(blocked);
      assertThat(after.row().status()).isEqualTo(status);
      assertThat(after.returnsTo()).isEmpty();
    }
  }

  @Test
  void reset_atTheLimitOfAttempts_goesOnAtTheNextEpochWithoutToken() {
    State after = OperatorAction.RESET.apply(state(RowStatus.ACTIVE, 65_535, false));
    assertThat(after.row())
        .isEqualTo(new DeviceRow(RowStatus.EXPECTED, 6, Optional.empty(), 0, 9, 2, false));
    assertThat(OperatorAction.WITHDRAW_RESET.refusal(after)).isPresent();
    State reopened = OperatorAction.REOPEN.apply(state(RowStatus.REMOVED, 65_535, false));
    assertThat(reopened.row().epoch()).isEqualTo(6);
    assertThat(reopened.row().attempt()).isZero();
  }

  @Test
  void withdrawReset_atTheLimitOrWithoutAKey_isRefusedWithTheRemedy() {
    State atLimit = state(RowStatus.EXPECTED, 65_535, false);
    assertThat(OperatorAction.WITHDRAW_RESET.refusal(atLimit).orElseThrow()).contains("enroll");
    State fresh =
        new State(
            new DeviceRow(RowStatus.EXPECTED, 0, Optional.empty(), 0, 0, 0, false),
            Optional.empty(),
            Wanted.NOTHING);
    assertThat(OperatorAction.WITHDRAW_RESET.refusal(fresh).orElseThrow()).contains("enroll");
  }

  @Test
  void reset_ofARowWhoseEpochsAreSpent_isRefused() {
    DeviceRow last =
        new DeviceRow(RowStatus.ACTIVE, 4_294_967_294L, Optional.of(TOKEN), 65_535, 0, 0, false);
    assertThat(OperatorAction.RESET.refusal(new State(last, Optional.empty(), WANTED))).isPresent();
  }
}
