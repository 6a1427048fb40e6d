package io.otakey.gateway.transport;

import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class AdmissionTest {
  private long now = 1;

  @Test
  void connect_boundsTheNodeAndEachSource() {
    Admission admission = admission(5, 2, 1000, 1000);
    assertThat(admission.connect("192.0.2.1")).isTrue();
    assertThat(admission.connect("192.0.2.1")).isTrue();
    assertThat(admission.connect("192.0.2.1")).isFalse();
    assertThat(admission.connect("192.0.2.2")).isTrue();
    assertThat(admission.open()).isEqualTo(3);
    assertThat(admission.connect("10.1.2.3")).isTrue();
    assertThat(admission.connect("10.1.2.3")).isTrue();
    assertThat(admission.connect("192.0.2.3")).isFalse();
    admission.source("192.0.2.1").closed();
    assertThat(admission.connect("192.0.2.3")).isTrue();
    assertThat(admission.open()).isEqualTo(5);
  }

  @Test
  void connect_boundsTheRateOfASourceButNotOfATrustedOne() {
    Admission admission = admission(100_000, 100_000, 3, 1000);
    int admitted = 0;
    for (int i = 0; i < 100; i++) {
      admitted += admission.connect("192.0.2.1") ? 1 : 0;
      assertThat(admission.connect("10.0.0.1")).isTrue();
    }
    assertThat(admitted).isEqualTo(30);
    now += TimeUnit.SECONDS.toNanos(2);
    assertThat(admission.connect("192.0.2.1")).isTrue();
  }

  @Test
  void source_ofIpv6IsItsSlash64() {
    Admission admission = admission(10, 1, 1000, 1000);
    assertThat(admission.connect("2001:db8:0:1::1")).isTrue();
    assertThat(admission.connect("2001:db8:0:1::2")).isFalse();
    assertThat(admission.connect("2001:db8:0:2::1")).isTrue();
  }

  @Test
  void frames_areBoundedAndRefunded() {
    Admission.Source source = admission(10, 10, 10, 2).source("192.0.2.1");
    for (int i = 0; i < 20; i++) {
      assertThat(source.admitFrame()).isTrue();
    }
    assertThat(source.admitFrame()).isFalse();
    source.refundFrame();
    assertThat(source.admitFrame()).isTrue();
  }

  @Test
  void sweep_forgetsSourcesThatNeedNotBeRemembered() {
    Admission admission = admission(10, 10, 10, 10);
    Admission.Source before = admission.source("192.0.2.1");
    admission.connect("192.0.2.1");
    admission.sweep();
    assertThat(admission.source("192.0.2.1")).isSameAs(before);
    before.closed();
    now += TimeUnit.MINUTES.toNanos(1);
    admission.sweep();
    assertThat(admission.source("192.0.2.1")).isNotSameAs(before);
  }

  @Test
  void addressRange_parsesWhatIsOneAndNothingElse() {
    assertThat(AddressRange.parse("10.0.0.0/8").orElseThrow().contains(new byte[] {10, 9, 8, 7}))
        .isTrue();
    assertThat(AddressRange.parse("10.0.0.0/8").orElseThrow().contains(new byte[] {11, 0, 0, 0}))
        .isFalse();
    assertThat(AddressRange.parse("10.0.0.1").orElseThrow().toString()).isEqualTo("10.0.0.1/32");
    for (String bad : List.of("", "ten", "10.0.0.0/33", "10.0.0.0/", "10.0.0.0/-1", "::1/129")) {
      assertThat(AddressRange.parse(bad)).as(bad).isEmpty();
    }
  }

  private Admission admission(int node, int source, int rate, int frames) {
    LimitsConfig limits =
        new LimitsConfig(
            node,
            source,
            rate,
            frames,
            List.of(AddressRange.parse("10.0.0.0/8").orElseThrow()),
            Duration.ofSeconds(30),
            Duration.ZERO);
    return new Admission(limits, new SimpleMeterRegistry(), () -> now);
  }
}
