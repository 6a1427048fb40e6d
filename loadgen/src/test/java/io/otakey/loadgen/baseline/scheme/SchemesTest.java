package io.otakey.loadgen.baseline.scheme;

import static io.otakey.loadgen.baseline.SchemeResult.Outcome.ORPHANED;
import static io.otakey.loadgen.baseline.SchemeResult.Outcome.REPLACED;
import static io.otakey.loadgen.baseline.SchemeResult.Outcome.SAME;
import static io.otakey.loadgen.baseline.SchemeResult.Outcome.WITHOUT;
import static org.assertj.core.api.Assertions.assertThat;

import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.otakey.loadgen.baseline.Measurement;
import io.otakey.loadgen.baseline.Scheme;
import io.otakey.loadgen.baseline.SchemeResult;
import io.otakey.loadgen.baseline.SchemeResult.Outcome;
import io.otakey.loadgen.baseline.wire.Links;
import io.otakey.loadgen.link.Loops;
import io.otakey.loadgen.network.NetworkClass;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Every scheme with its own server, for real. */
class SchemesTest {
  private static final Map<String, List<Outcome>> OUTCOMES =
      Map.of(
          "est", List.of(SAME, ORPHANED),
          "claim", List.of(SAME, SAME),
          "dps", List.of(SAME, SAME),
          "alibaba-tls", List.of(REPLACED),
          "alibaba-plain", List.of(REPLACED),
          "thingsboard-tls", List.of(WITHOUT),
          "thingsboard-plain", List.of(WITHOUT));

  private final MultiThreadIoEventLoopGroup group = Loops.open("schemes-test", 1);
  private final Schemes schemes = new Schemes(Optional.empty(), group.next());
  private final Measurement measurement =
      new Measurement(group.next(), 2, 0, NetworkClass.PRESETS, 1);

  @AfterEach
  void stop() {
    Loops.end(group);
  }

  @Test
  void everyScheme_givesDevicesWhatItsServerTakes_andLosesAnswersInItsOwnWay() throws IOException {
    assertThat(schemes.ids()).containsAll(OUTCOMES.keySet());
    for (String id : schemes.ids()) {
      SchemeResult result = measure(id);
      assertThat(result.losses())
          .as(id)
          .extracting(SchemeResult.Loss::outcome)
          .isEqualTo(OUTCOMES.getOrDefault(id, List.of(SAME)));
      assertThat(result.losses().get(result.losses().size() - 1).last()).isTrue();
      checkBytes(result);
      assertThat(result.times()).hasSize(NetworkClass.PRESETS.size());
      assertThat(result.cpu().serving()).isPositive();
    }
  }

  private static void checkBytes(SchemeResult result) {
    double over = result.socket().total() - result.application().total();
    if (result.tls()) {
      assertThat(over).as(result.id()).isGreaterThan(1_000); // a handshake with a certificate
    } else {
      assertThat(over).as(result.id()).isZero();
    }
    assertThat(result.wire().total() - result.socket().total())
        .as(result.id())
        .isGreaterThanOrEqualTo(52 * result.packets());
  }

  private SchemeResult measure(String id) throws IOException {
    try (Scheme scheme = start(id)) {
      return measurement.measure(scheme);
    }
  }

  private Scheme start(String id) throws IOException {
    return java.util.Objects.requireNonNull(schemes.all().get(id)).start();
  }

  @Test
  void delta_isAFewPercentOfTheImage() throws IOException {
    double delta = measure("firmware-http-256k-delta").socket().down();
    assertThat(delta).isBetween(4096.0, 8192.0);
    assertThat(measure("firmware-http-256k-full").socket().down()).isGreaterThan(262_144);
  }

  @Test
  void deviceWithoutCredential_isNotLetIn() throws IOException {
    for (String id : OUTCOMES.keySet()) {
      try (Scheme scheme = start(id)) {
        assertThat(scheme.device("0123456789abcdef").works(new Links(group.next())))
            .as(id)
            .isFalse();
        assertThat(scheme.standing("0123456789abcdef")).isEqualTo(new Scheme.Standing(0, 0));
      }
    }
  }
}
