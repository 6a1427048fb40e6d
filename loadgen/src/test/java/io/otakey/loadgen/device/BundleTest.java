package io.otakey.loadgen.device;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.otakey.protocol.device.Firmware;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

class BundleTest {
  private static final String GOOD =
      """
      {"format":"otakey-bundle/1","productId":"demo","productKeyVersion":3,
       "productKey":"%s","gatewayKeys":[{"id":1,"publicKey":"%s"},{"id":2,"publicKey":"%s"}],
       "gatewayAddresses":["127.0.0.1","gateway.example"]}
      """
          .formatted("ab".repeat(32), "01".repeat(32), "02".repeat(32));

  @Test
  void bundle_isRead() throws BundleException {
    Firmware firmware = Bundle.parse(GOOD);
    assertThat(firmware.productId()).isEqualTo("demo");
    assertThat(firmware.productKeyVersion()).isEqualTo(3);
    assertThat(firmware.productKey().secret().expose()).containsOnly(0xab);
    assertThat(firmware.gatewayKeys()).hasSize(2);
    assertThat(firmware.gatewayKeys().get(1).publicKey()).containsOnly(2);
    assertThat(firmware.gatewayAddresses()).containsExactly("127.0.0.1", "gateway.example");
  }

  @Test
  void everyFault_isNamedAtOnce_andNoKeyIsShown() {
    String bad =
        GOOD.replace("otakey-bundle/1", "other")
            .replace("\"demo\"", "\"De mo\"")
            .replace(":3,", ":0,")
            .replace("abab", "xy");
    assertThatThrownBy(() -> Bundle.parse(bad))
        .isInstanceOf(BundleException.class)
        .hasMessageContaining("format")
        .hasMessageContaining("productId")
        .hasMessageContaining("productKeyVersion")
        .hasMessageContaining("productKey must be")
        .message()
        .doesNotContain("xy");
  }

  @Test
  void textThatIsNotJson_isRefusedWithoutShowingIt() {
    assertThatThrownBy(() -> Bundle.parse("secret!"))
        .isInstanceOf(BundleException.class)
        .hasMessage("the bundle is not JSON");
  }

  @Test
  void fileThatIsNotThere_isNamedWithTheRemedy() {
    assertThatThrownBy(() -> Bundle.read(Path.of("nowhere.json")))
        .hasMessageContaining("nowhere.json")
        .hasMessageContaining("otakey admin product bundle");
  }
}
