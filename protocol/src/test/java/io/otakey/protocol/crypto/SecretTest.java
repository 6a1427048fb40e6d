package io.otakey.protocol.crypto;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;

class SecretTest {
  @Property(tries = 200)
  void equals_isThatOfTheBytes(@ForAll @Size(32) byte[] bytes) {
    Secret secret = Secret.copyOf(bytes);
    assertThat(secret).isEqualTo(Secret.copyOf(bytes)).hasSameHashCodeAs(Secret.copyOf(bytes));
    for (int bit = 0; bit < 256; bit++) {
      byte[] other = bytes.clone();
      other[bit / 8] ^= (byte) (1 << (bit % 8));
      assertThat(secret).isNotEqualTo(Secret.adopt(other));
    }
    assertThat(secret).isNotEqualTo(Secret.adopt(new byte[31]));
  }

  @Test
  void hashCode_saysNothingOfTheBytes() {
    assertThat(Secret.adopt(new byte[] {1, 2})).hasSameHashCodeAs(Secret.adopt(new byte[] {3, 4}));
  }

  @Test
  void toString_showsNoBytes() {
    byte[] bytes = new byte[32];
    java.util.Arrays.fill(bytes, (byte) 0xab);
    Object secret = Secret.adopt(bytes);
    assertThat(secret.toString().toLowerCase(java.util.Locale.ROOT))
        .doesNotContain("abab")
        .doesNotContain("-85")
        .doesNotContain("171");
  }

  @Test
  void wipe_clearsTheVeryBytes_andReadingIsABug() {
    byte[] bytes = {1, 2, 3};
    Secret secret = Secret.adopt(bytes);
    Secret copy = secret.copy();
    secret.close();
    assertThat(bytes).containsOnly(0);
    assertThatThrownBy(secret::expose).isInstanceOf(IllegalStateException.class);
    assertThatThrownBy(secret::copy).isInstanceOf(IllegalStateException.class);
    assertThat(copy.expose()).containsExactly(1, 2, 3);
    secret.wipe();
  }
}
