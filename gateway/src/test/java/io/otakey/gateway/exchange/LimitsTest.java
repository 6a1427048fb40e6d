package io.otakey.gateway.exchange;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.otakey.gateway.registry.EnrollmentPolicy;
import io.otakey.gateway.registry.Product;
import io.otakey.gateway.registry.ReEnroll;
import io.otakey.protocol.wire.DeviceRef;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class LimitsTest {
  private static final DeviceRef DEVICE = new DeviceRef("thermo", "d1");

  private long now = 1;

  @Test
  void generations_forgetByAgeAndBySize() {
    Generations<Integer, String> memory = new Generations<>(10, 100, () -> now);
    memory.put(1, "one");
    now += 101;
    memory.put(2, "two");
    assertThat(memory.get(1)).contains("one");
    now += 101;
    assertThat(memory.get(1)).isEmpty();
    assertThat(memory.get(2)).contains("two");
    for (int i = 10; i < 1000; i++) {
      memory.put(i, "more");
      assertThat(memory.size()).isLessThanOrEqualTo(10);
    }
    assertThat(memory.get(999)).isPresent();
  }

  @Test
  void generations_mergeCountsAcrossATurn() {
    Generations<String, Integer> counts = new Generations<>(10, 100, () -> now);
    counts.merge("a", 1, Integer::sum);
    now += 101;
    assertThat(counts.merge("a", 1, Integer::sum)).isEqualTo(2);
  }

  @Test
  void recentFrames_rememberTheLastOnesAndStayAsSmallAsTheyAre() {
    RecentFrames recent = new RecentFrames(64);
    SplittableRandom random = new SplittableRandom(1);
    List<byte[]> proofs = Stream.generate(() -> proof(random.nextLong())).limit(1000).toList();
    for (byte[] proof : proofs) {
      assertThat(recent.contains(proof)).isFalse();
      assertThat(recent.add(proof)).isTrue();
      assertThat(recent.add(proof)).isFalse();
    }
    assertThat(proofs.stream().filter(recent::contains).count()).isEqualTo(64);
    assertThat(recent.contains(proofs.get(999))).isTrue();
    assertThatThrownBy(() -> new RecentFrames(100)).isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void grantLimit_forgetsOnAQuietNode_alsoWhoeverKeepsAsking() {
    GrantLimit limit = new GrantLimit(12, () -> now);
    int admitted = 0;
    for (int i = 0; i < 30 * 20; i++) { // every two minutes for twenty hours
      admitted += limit.admit(DEVICE, proof(i)) ? 1 : 0;
      now += TimeUnit.MINUTES.toNanos(2);
    }
    assertThat(admitted).isBetween(12 * 15, 12 * 40);
    for (int day = 0; day < 40; day++) { // one a day, and nobody else
      now += TimeUnit.DAYS.toNanos(1);
      assertThat(limit.admit(DEVICE, proof(10_000 + day))).isTrue();
    }
  }

  @Test
  void grantLimit_refusesTheThirteenthGrantButNoRepetition() {
    GrantLimit limit = new GrantLimit(12, () -> now);
    for (long i = 0; i < 12; i++) {
      assertThat(limit.admit(DEVICE, proof(i))).isTrue();
    }
    assertThat(limit.admit(DEVICE, proof(5))).isTrue();
    assertThat(limit.admit(DEVICE, proof(12))).isFalse();
    assertThat(limit.admit(new DeviceRef("thermo", "d2"), proof(13))).isTrue();
    now += TimeUnit.HOURS.toNanos(1) + 1;
    limit.admit(new DeviceRef("thermo", "d3"), proof(14));
    now += TimeUnit.HOURS.toNanos(1) + 1;
    assertThat(limit.admit(DEVICE, proof(15))).isTrue();
  }

  @Test
  void enrollRate_keepsThePaceOverAMinute() {
    EnrollRate rate = new EnrollRate(() -> now);
    Product product = product(OptionalInt.of(60));
    int admitted = 0;
    for (int tenth = 0; tenth < 600; tenth++) {
      now += TimeUnit.MILLISECONDS.toNanos(100);
      admitted += rate.admit(product) ? 1 : 0;
      admitted += rate.admit(product) ? 1 : 0;
    }
    assertThat(admitted).isBetween(60, 67);
    assertThat(rate.admit(product(OptionalInt.empty()))).isTrue();
  }

  /** As random as a mac is. */
  private static byte[] proof(long number) {
    return ByteBuffer.allocate(8).putLong((number + 1) * 0x9e3779b97f4a7c15L).array();
  }

  private static Product product(OptionalInt perMinute) {
    EnrollmentPolicy policy =
        new EnrollmentPolicy(
            false,
            Optional.empty(),
            Optional.empty(),
            OptionalLong.empty(),
            perMinute,
            new ReEnroll(ReEnroll.Mode.NEVER, Optional.empty()));
    return new Product("p", "p", policy, 1, false, List.of(), 0, 1);
  }
}
