package io.otakey.gateway.webhook;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetAddress;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class ReachTest {
  /** Edges of what is not public, by the registries of special addresses (RFC 6890). */
  private static final List<String> CLOSED =
      List.of(
          "0.0.0.0",
          "10.0.0.0",
          "10.255.255.255",
          "100.64.0.0",
          "100.127.255.255",
          "127.0.0.1",
          "127.255.255.254",
          "169.254.169.254",
          "172.16.0.1",
          "172.31.255.255",
          "192.0.0.8",
          "192.0.2.1",
          "192.88.99.1",
          "192.168.1.1",
          "198.18.0.1",
          "198.19.255.255",
          "198.51.100.1",
          "203.0.113.9",
          "224.0.0.1",
          "240.0.0.1",
          "255.255.255.255",
          "::",
          "::1",
          "::ffff:127.0.0.1",
          "::ffff:10.0.0.1",
          "::127.0.0.1",
          "64:ff9b::7f00:1",
          "100::1",
          "2001::1",
          "2001:1ff::1",
          "2001:db8::1",
          "2002:7f00:1::",
          "fc00::1",
          "fdff::1",
          "fe80::1",
          "fec0::1",
          "ff02::1");

  private static final List<String> OPEN =
      List.of(
          "1.1.1.1",
          "9.255.255.255",
          "11.0.0.0",
          "100.63.255.255",
          "100.128.0.0",
          "126.255.255.255",
          "128.0.0.1",
          "169.253.255.255",
          "172.15.255.255",
          "172.32.0.0",
          "192.0.1.1",
          "192.167.255.255",
          "198.17.255.255",
          "198.20.0.0",
          "223.255.255.255",
          "2001:200::1",
          "2003::1",
          "2606:4700::1111",
          "2a00:1450::1");

  @Test
  void onlyPublicAddresses_areReached_unlessConfigured() throws Exception {
    List<String> wrong = new ArrayList<>();
    for (String text : CLOSED) {
      if (Reach.allows(InetAddress.getByName(text), address -> false)) {
        wrong.add(text + " is open");
      }
      assertThat(Reach.allows(InetAddress.getByName(text), address -> true)).isTrue();
    }
    for (String text : OPEN) {
      if (!Reach.allows(InetAddress.getByName(text), address -> false)) {
        wrong.add(text + " is closed");
      }
    }
    assertThat(wrong).isEmpty();
  }
}
