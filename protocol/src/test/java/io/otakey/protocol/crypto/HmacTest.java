package io.otakey.protocol.crypto;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Random;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.junit.jupiter.api.Test;

class HmacTest {
  /** RFC 4231, test cases 1 to 3. */
  @Test
  void publishedVectors_hold() {
    byte[] first = new byte[20];
    Arrays.fill(first, (byte) 0x0b);
    assertThat(hex(Hmac.hmac(first, ascii("Hi There"))))
        .isEqualTo("b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7");
    assertThat(hex(Hmac.hmac(ascii("Jefe"), ascii("what do ya want "), ascii("for nothing?"))))
        .isEqualTo("5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
    byte[] third = new byte[20];
    Arrays.fill(third, (byte) 0xaa);
    byte[] data = new byte[50];
    Arrays.fill(data, (byte) 0xdd);
    assertThat(hex(Hmac.hmac(third, data)))
        .isEqualTo("773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe");
  }

  @Test
  void anyKeyAndParts_giveWhatTheJdkGives() throws Exception {
    Random random = new Random(1);
    Mac jdk = Mac.getInstance("HmacSHA256");
    for (int i = 0; i < 2000; i++) {
      byte[] key = new byte[1 + random.nextInt(64)];
      random.nextBytes(key);
      byte[] all = new byte[random.nextInt(300)];
      random.nextBytes(all);
      int cut = random.nextInt(all.length + 1);
      jdk.init(new SecretKeySpec(key, "HmacSHA256"));
      assertThat(Hmac.hmac(key, Arrays.copyOf(all, cut), Arrays.copyOfRange(all, cut, all.length)))
          .isEqualTo(jdk.doFinal(all));
    }
  }

  @Test
  void longKey_isRefused() {
    assertThatIllegalArgumentException().isThrownBy(() -> Hmac.hmac(new byte[65], new byte[1]));
  }

  private static String hex(byte[] bytes) {
    return HexFormat.of().formatHex(bytes);
  }

  private static byte[] ascii(String text) {
    return text.getBytes(StandardCharsets.US_ASCII);
  }
}
