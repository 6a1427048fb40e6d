package io.otakey.gateway.metric;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.micrometer.core.instrument.Counter;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import org.junit.jupiter.api.Test;

/** However many values operators give a label, there are only so many series. */
class BoundedLabelsTest {
  private final PrometheusMeterRegistry meters = Meters.registry();

  @Test
  void whatIsTooMany_sharesOneSeries() {
    int most = Label.PRODUCT.most();
    for (int i = 0; i < 3 * most; i++) {
      Metric.KEYS_COMMITTED.counter(meters, "p-" + i, "enrolled").increment();
    }
    Metric.KEYS_COMMITTED.counter(meters, "p-0", "enrolled").increment();
    assertThat(meters.find(Metric.KEYS_COMMITTED.id()).counters()).hasSize(most + 1);
    assertThat(count("p-0")).isEqualTo(2);
    assertThat(count(Label.OTHER)).isEqualTo(2 * most);
  }

  @Test
  void otherMeters_areLeftAlone() {
    for (int i = 0; i < 300; i++) {
      meters.counter("somebody.elses", "product", "p-" + i).increment();
    }
    assertThat(meters.find("somebody.elses").counters()).hasSize(300);
  }

  @Test
  void aMeter_takesJustItsLabels() {
    assertThatThrownBy(() -> Metric.KEYS_COMMITTED.counter(meters, "p"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("PRODUCT, COMMIT");
  }

  private double count(String product) {
    Counter counter =
        meters.get(Metric.KEYS_COMMITTED.id()).tag(Label.PRODUCT.key(), product).counter();
    return counter.count();
  }
}
