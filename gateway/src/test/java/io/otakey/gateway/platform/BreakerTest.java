package io.otakey.gateway.platform;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class BreakerTest {
  private final AtomicLong now = new AtomicLong();
  private final Breaker breaker = new Breaker(now::get);

  @Test
  void opensAfterThreeFailuresInARow_andNotBefore() {
    for (int i = 1; i < Breaker.TRIPS_AFTER; i++) {
      fail();
    }
    assertThat(breaker.admit()).isTrue();
    breaker.succeeded();
    fail();
    fail();
    assertThat(breaker.isOpen()).as("a success between counts").isFalse();
    fail();
    assertThat(breaker.isOpen()).isTrue();
    assertThat(breaker.admit()).isFalse();
  }

  @Test
  void afterThePause_oneCallMayFindOut_andOthersWaitForIt() {
    trip();
    pass(5);
    assertThat(breaker.isOpen()).isFalse();
    assertThat(breaker.admit()).isTrue();
    assertThat(breaker.admit()).as("a second one").isFalse();
    breaker.succeeded();
    assertThat(breaker.admit()).isTrue();
    assertThat(breaker.admit()).isTrue();
  }

  @Test
  void pausesDouble_upToAMinute_andBeginAnewAfterASuccess() {
    trip();
    long pause = 5;
    for (int i = 0; i < 6; i++) {
      pass(pause - 1);
      assertThat(breaker.isOpen()).as("after %d s", pause - 1).isTrue();
      pass(1);
      fail();
      pause = Math.min(60, 2 * pause);
    }
    pass(60);
    assertThat(breaker.admit()).isTrue();
    breaker.succeeded();
    trip();
    pass(5);
    assertThat(breaker.isOpen()).isFalse();
  }

  @Test
  void failuresOfCallsThatWereUnderWay_doNotLengthenThePause() {
    trip();
    breaker.failed();
    breaker.failed();
    pass(5);
    assertThat(breaker.admit()).isTrue();
  }

  private void fail() {
    assertThat(breaker.admit()).isTrue();
    breaker.failed();
  }

  private void trip() {
    for (int i = 0; i < Breaker.TRIPS_AFTER; i++) {
      fail();
    }
  }

  private void pass(long seconds) {
    now.addAndGet(Duration.ofSeconds(seconds).toNanos());
  }
}
