package io.otakey.protocol.wire;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class LoginNameTest {
  private static final Token TOKEN = Token.ofHex("0101010100000000aabbccddeeff00");

  @Test
  void parse_readsWhatAConnectionShows() {
    for (String id : List.of("a", "Unit:1.a", "x.y.z", "A_b-c", "9:::")) {
      DeviceRef ref = new DeviceRef("lamp-2", id);
      Connection connection =
          new Connection(
              "cloud",
              "mqtt",
              "h",
              1,
              Optional.empty(),
              Optional.of(Connection.defaultUserName(ref)),
              Optional.empty(),
              Optional.empty());
      String shown = connection.loginName(TOKEN);
      assertThat(LoginName.parse(shown)).as(shown).contains(new LoginName(ref, TOKEN));
    }
  }

  @Test
  void theClientId_isTheConnectionsOwn_elseTheDefaultUserName_elseTheDeviceId() {
    DeviceRef ref = new DeviceRef("lamp", "Unit:1.a");
    assertThat(on(Optional.of("bay-7")).clientIdOf(ref)).isEqualTo("bay-7");
    assertThat(on(Optional.empty()).clientIdOf(ref)).isEqualTo("lamp.Unit%3A1.a");
    assertThat(on(Optional.of("")).clientIdOf(ref)).isEqualTo("lamp.Unit%3A1.a");
    String fits = "d".repeat(59);
    assertThat(Connection.defaultClientId(new DeviceRef("lamp", fits))).hasSize(64);
    assertThat(Connection.defaultClientId(new DeviceRef("lamp", fits + "e"))).isEqualTo(fits + "e");
  }

  private static Connection on(Optional<String> clientId) {
    return new Connection(
        "cloud", "mqtt", "h", 1, clientId, Optional.empty(), Optional.empty(), Optional.empty());
  }

  @Test
  void parse_refusesEverythingElse() {
    String hex = TOKEN.hex();
    for (String bad :
        List.of(
            "",
            ".",
            "..",
            hex,
            "." + hex,
            "lamp." + hex,
            "lamp..",
            "lamp.d.",
            "lamp.d." + hex.substring(1),
            "lamp.d." + hex.toUpperCase(java.util.Locale.ROOT),
            "lamp.d." + hex + hex + hex,
            "Lamp.d." + hex,
            "lamp.a:b." + hex,
            "lamp.a%3ab." + hex,
            "lamp.-." + hex,
            "lamp.d/x." + hex)) {
      assertThat(LoginName.parse(bad)).as(bad).isEmpty();
    }
  }

  /** No two texts name the same login: a name is either refused or comes back as it was. */
  @Test
  void parse_isUnambiguous() {
    String good = new LoginName(new DeviceRef("lamp", "a:b.c"), TOKEN).toString();
    SplittableRandom random = new SplittableRandom(7);
    int accepted = 0;
    for (int i = 0; i < 20_000; i++) {
      StringBuilder text = new StringBuilder(good);
      for (int change = random.nextInt(1, 4); change > 0; change--) {
        text.setCharAt(random.nextInt(text.length()), (char) random.nextInt(0x20, 0x7f));
      }
      Optional<LoginName> name = LoginName.parse(text.toString());
      accepted += name.isPresent() ? 1 : 0;
      name.ifPresent(parsed -> assertThat(parsed).hasToString(text.toString()));
    }
    assertThat(accepted).isPositive();
  }
}
