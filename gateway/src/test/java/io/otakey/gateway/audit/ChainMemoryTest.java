package io.otakey.gateway.audit;

import static org.assertj.core.api.Assertions.assertThat;

import io.otakey.gateway.audit.Chain.Longer;
import io.otakey.gateway.audit.Chain.Waiting;
import io.otakey.gateway.audit.ChainLedger.Look;
import io.otakey.protocol.crypto.Hmac;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class ChainMemoryTest {
  private static final Instant NOW = Instant.parse("2026-01-01T00:00:00Z");

  private final Chain chain = new Chain(keys(1));
  private final ChainMemory memory = new ChainMemory(chain);
  private final List<ChainLink> links = new ArrayList<>();
  private ChainState state = chain.begin(NOW);

  private static AuditKeys keys(int vault) {
    byte[] key = new byte[32];
    key[0] = (byte) vault;
    return new AuditKeys() {
      @Override
      public int newest() {
        return 1;
      }

      @Override
      public Optional<byte[]> mac(Use use, int root, byte[] text) {
        return Optional.of(Hmac.hmac(key, text));
      }
    };
  }

  private void grow() {
    Longer longer = chain.extend(state, List.of(new Waiting(1, Optional.empty())), NOW);
    links.addAll(longer.links());
    state = longer.state();
  }

  private Optional<byte[]> mac(long position) {
    return position < 1 || position > links.size()
        ? Optional.empty()
        : Optional.of(links.get((int) position - 1).mac());
  }

  /** What the database shows now. */
  private Look look() {
    return new Look(Optional.of(state), mac(memory.position()), mac(state.head().position()));
  }

  private ChainMemoryTest grown(int times) {
    for (int i = 0; i < times; i++) {
      grow();
      assertThat(memory.take(look())).isEmpty();
    }
    return this;
  }

  @Test
  void aChainThatGrows_isWell() {
    grown(3);
    assertThat(memory.take(look())).as("and one that stands still").isEmpty();
    assertThat(memory.position()).isEqualTo(3);
    assertThat(memory.chained()).isEqualTo(3);
    assertThat(memory.isBroken()).isFalse();
  }

  @Test
  void anEndThatWasCutOff_isTold_once() {
    grown(2);
    ChainState then = state;
    grown(1);
    state = then;
    Look cut = new Look(Optional.of(then), mac(3), mac(2)); // its last link left in place
    assertThat(memory.take(cut)).contains("ends at 2, and this node saw 3");
    assertThat(memory.take(cut)).as("told already").isEmpty();
    assertThat(memory.isBroken()).isTrue();
  }

  @Test
  void anotherEntryInTheSamePlace_isTold() {
    grown(1);
    ChainState then = state;
    grown(1);
    links.remove(1);
    state = then;
    Longer other =
        chain.extend(then, List.of(new Waiting(2, Optional.empty())), NOW.plusSeconds(1));
    links.addAll(other.links());
    state = other.state();
    assertThat(memory.take(look())).contains("holds another entry at 2 than this node saw");
  }

  @Test
  void aChainThatIsGone_isTold_butNotBeforeThereWasOne() {
    Look nothing = new Look(Optional.empty(), Optional.empty(), Optional.empty());
    assertThat(memory.take(nothing)).isEmpty();
    grown(1);
    assertThat(memory.take(nothing)).contains("is gone");
  }

  @Test
  void anEndOfSomebodyElse_isTold() {
    grown(1);
    state = new Chain(keys(2)).sealed(state);
    assertThat(memory.take(look())).contains("has an end that no gateway wrote");
  }

  @Test
  void linksThatRetentionTook_areNotMissed() {
    grown(2);
    state = chain.sealed(state.without(NOW.plus(Duration.ofDays(1))).from(state.head()));
    Look pruned = new Look(Optional.of(state), Optional.empty(), Optional.empty());
    assertThat(memory.take(pruned)).isEmpty();
  }
}
