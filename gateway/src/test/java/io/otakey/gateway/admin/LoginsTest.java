package io.otakey.gateway.admin;

import static org.assertj.core.api.Assertions.assertThat;

import io.otakey.gateway.registry.Role;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith(AdminBed.Extension.class)
class LoginsTest {
  private final AtomicLong clock = new AtomicLong(1);
  private final FailedLogins logins = new FailedLogins(clock::get);

  @Test
  void address_isHeldBackAfterTooManyFailures() {
    for (int i = 0; i < FailedLogins.PER_MINUTE; i++) {
      assertThat(logins.secondsToWait("10.0.0.1", "t")).isZero();
      logins.add("10.0.0.1");
    }
    assertThat(logins.secondsToWait("10.0.0.1", "t")).isBetween(59L, 61L);
    assertThat(logins.secondsToWait("10.0.0.2", "t")).isZero();
    clock.addAndGet(TimeUnit.SECONDS.toNanos(61));
    assertThat(logins.secondsToWait("10.0.0.1", "t")).isZero();
  }

  @Test
  void tokenThatWasRightLately_isNotHeldBack() {
    logins.remember("good");
    for (int i = 0; i < 100; i++) {
      logins.add("10.0.0.1");
    }
    assertThat(logins.secondsToWait("10.0.0.1", "good")).isZero();
    assertThat(logins.secondsToWait("10.0.0.1", "other")).isPositive();
  }

  @Test
  void ipv6Neighbours_countAsOne() {
    for (int i = 0; i < FailedLogins.PER_MINUTE; i++) {
      logins.add("2001:db8:0:1::" + i);
    }
    assertThat(logins.secondsToWait("2001:db8:0:1:ffff::1", "t")).isPositive();
    assertThat(logins.secondsToWait("2001:db8:0:2::1", "t")).isZero();
  }

  @Test
  void memory_isBounded() {
    for (int i = 0; i < FailedLogins.MAX_ADDRESSES + 1000; i++) {
      logins.add("10." + (i >> 16) + "." + ((i >> 8) & 255) + "." + (i & 255));
    }
    assertThat(logins.size()).isEqualTo(FailedLogins.MAX_ADDRESSES);
  }

  @Test
  void requests_areLimitedByAddress_andComeBackWithTime() {
    RequestRate rate = new RequestRate(clock::get);
    for (int i = 0; i < RequestRate.BURST; i++) {
      assertThat(rate.admits("10.0.0.1")).isTrue();
    }
    assertThat(rate.admits("10.0.0.1")).isFalse();
    assertThat(rate.admits("10.0.0.2")).isTrue();
    clock.addAndGet(TimeUnit.SECONDS.toNanos(1));
    for (int i = 0; i < RequestRate.PER_SECOND; i++) {
      assertThat(rate.admits("10.0.0.1")).isTrue();
    }
    assertThat(rate.admits("10.0.0.1")).isFalse();
    clock.addAndGet(TimeUnit.DAYS.toNanos(1));
    for (int i = 0; i < RequestRate.BURST; i++) {
      assertThat(rate.admits("10.0.0.1")).isTrue();
    }
    assertThat(rate.admits("10.0.0.1")).as("no more than a burst is saved up").isFalse();
  }

  @Test
  void addressesWithRequests_areBounded_andIpv6NeighboursCountAsOne() {
    RequestRate rate = new RequestRate(clock::get);
    for (int i = 0; i < RequestRate.BURST; i++) {
      rate.admits("2001:db8:0:1::" + Integer.toHexString(i));
    }
    assertThat(rate.admits("2001:db8:0:1:ffff::1")).isFalse();
    for (int i = 0; i < RequestRate.MAX_ADDRESSES + 1000; i++) {
      rate.admits("10." + (i >> 16) + "." + ((i >> 8) & 255) + "." + (i & 255));
    }
    assertThat(rate.size()).isEqualTo(RequestRate.MAX_ADDRESSES);
  }

  @Test
  void guessing_endsInTooManyRequests(AdminBed bed) {
    AdminApi api = bed.deploy(AdminConfig.DEFAULT.withPort(0), bed.services(List.of()));
    String url = "http://127.0.0.1:" + api.port();
    ApiClient honest = bed.client(Role.VIEWER, Set.of()).at(url);
    honest.get("/products").expect(200);
    for (int i = 0; i < FailedLogins.PER_MINUTE; i++) {
      new ApiClient(url, ApiTokenText.generate()).get("/products").expect(401);
    }
    ApiClient.Answer refused =
        new ApiClient(url, ApiTokenText.generate()).get("/products").expect(429);
    assertThat(refused.header("Retry-After").map(Integer::parseInt).orElseThrow()).isBetween(1, 61);
    honest.get("/products").expect(200);
    new ApiClient(url, null).get("/health/live").expect(200);
  }
}
