package io.otakey.loadgen.node;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/** What is read from a gateway's metrics. */
class CommitsTest {
  private static final String PAGE =
      """
      # TYPE otakey_batch_size histogram
      otakey_batch_size_bucket{batch="write",le="1.0"} 7
      otakey_batch_size_count{batch="write"} 10
      otakey_batch_size_sum{batch="write"} 240.0
      otakey_batch_size_count{batch="counted"} 5
      otakey_batch_size_sum{batch="counted"} 60.0
      otakey_batch_size_count{batch="read"} 1000
      otakey_batch_size_sum{batch="read"} 1000.0
      """;

  @Test
  void writesOfAllProducts_areCommits_andReadsAreNone() {
    assertThat(Commits.of(PAGE)).isEqualTo(new Commits(15, 300));
    assertThat(Commits.of("")).isEqualTo(Commits.NONE);
  }

  @Test
  void aBatch_isOfTheTimeBetween_unlessAGatewayCountsAnew() {
    Commits earlier = new Commits(10, 100);
    assertThat(new Commits(15, 300).batchSince(earlier)).isEqualTo(40);
    assertThat(earlier.batchSince(earlier)).as("none in between").isZero();
    assertThat(new Commits(12, 20).batchSince(earlier)).as("it was started again").isZero();
    assertThat(Commits.NONE.batchSince(earlier)).as("it does not answer").isZero();
  }

  @Test
  void whoDoesNotAnswer_hasNone() throws InterruptedException {
    assertThat(Commits.of(FreePorts.one())).isEqualTo(Commits.NONE);
  }
}
