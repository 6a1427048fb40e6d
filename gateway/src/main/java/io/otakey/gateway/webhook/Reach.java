package io.otakey.gateway.webhook;

import java.net.Inet6Address;
import java.net.InetAddress;
import java.util.function.Predicate;

/**
 * Which addresses a webhook may reach: public ones, and those that the node's own configuration
 * allows. Whoever may order webhooks is not thereby let into the gateway's network.
 */
final class Reach {
  private Reach() {}

  static boolean allows(InetAddress address, Predicate<InetAddress> configured) {
    return configured.test(address) || isPublic(address);
  }

  /** Whether it is a single host's address on the internet. */
  static boolean isPublic(InetAddress address) {
    return address instanceof Inet6Address v6
        ? isPublic6(v6.getAddress())
        : isPublic4(address.getAddress());
  }

  /**
   * Global unicast (2000::/3) without what leads on to IPv4 addresses and without documentation.
   */
  private static boolean isPublic6(byte[] a) {
    int first = at(a, 0) << 8 | at(a, 1);
    int second = at(a, 2) << 8 | at(a, 3);
    boolean special = first == 0x2002 || (first == 0x2001 && (second < 0x200 || second == 0xdb8));
    return (first & 0xe000) == 0x2000 && !special;
  }

  /** RFC 6890, and what is shared or reserved. */
  private static boolean isPublic4(byte[] a) {
    int first = at(a, 0);
    int second = at(a, 1);
    int third = at(a, 2);
    return switch (first) {
      case 0, 10, 127 -> false;
      case 100 -> (second & 0xc0) != 64;
      case 169 -> second != 254;
      case 172 -> (second & 0xf0) != 16;
      case 192 ->
          second != 168
              && !(second == 0 && (third == 0 || third == 2))
              && !(second == 88 && third == 99);
      case 198 -> (second & 0xfe) != 18 && !(second == 51 && third == 100);
      case 203 -> !(second == 0 && third == 113);
      default -> first < 224;
    };
  }

  private static int at(byte[] address, int index) {
    return address[index] & 0xff;
  }
}
