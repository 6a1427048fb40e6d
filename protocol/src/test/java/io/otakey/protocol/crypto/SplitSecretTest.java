package io.otakey.protocol.crypto;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;

class SplitSecretTest {
  @Test
  void everyThreeOfFive_giveTheSecret_andNoTwoDo() {
    try (SplitSecret split = SplitSecret.make(3, 5)) {
      for (int chosen = 0; chosen < 1 << 5; chosen++) {
        Map<Integer, Secret> shares = new HashMap<>();
        for (int i = 0; i < 5; i++) {
          if ((chosen & 1 << i) != 0) {
            shares.put(i + 1, split.shares().get(i));
          }
        }
        if (!shares.isEmpty()) {
          try (Secret combined = SplitSecret.combine(shares)) {
            assertThat(combined.equals(split.secret())).isEqualTo(shares.size() >= 3);
          }
        }
      }
    }
  }

  @Test
  void theLargestSplit_works() {
    try (SplitSecret split = SplitSecret.make(32, 32)) {
      Map<Integer, Secret> shares = new HashMap<>();
      split.shares().forEach(share -> shares.put(shares.size() + 1, share));
      assertThat(SplitSecret.combine(shares)).isEqualTo(split.secret());
    }
  }

  @Test
  void senselessThresholds_areRefused() {
    assertThatIllegalArgumentException().isThrownBy(() -> SplitSecret.make(1, 3));
    assertThatIllegalArgumentException().isThrownBy(() -> SplitSecret.make(4, 3));
    assertThatIllegalArgumentException().isThrownBy(() -> SplitSecret.make(2, 33));
  }
}
