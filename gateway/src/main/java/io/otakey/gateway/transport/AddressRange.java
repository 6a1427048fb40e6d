package io.otakey.gateway.transport;

import io.netty.util.NetUtil;
import java.util.List;
import java.util.Optional;

/**
 * A range of IP addresses, written as {@code 192.0.2.0/24}, {@code 2001:db8::/32} or one address.
 *
 * @param prefix network address, 4 or 16 bytes
 * @param bits leading bits that must agree
 */
public record AddressRange(byte[] prefix, int bits) {
  /** The range that the text names, or empty if it names none. */
  public static Optional<AddressRange> parse(String text) {
    int slash = text.indexOf('/');
    String address = slash < 0 ? text : text.substring(0, slash);
    byte[] bytes = NetUtil.createByteArrayFromIpAddressString(address);
    if (bytes == null) {
      return Optional.empty();
    }
    int all = bytes.length * 8;
    if (slash < 0) {
      return Optional.of(new AddressRange(bytes, all));
    }
    String length = text.substring(slash + 1);
    if (!length.matches("[0-9]{1,3}") || Integer.parseInt(length) > all) {
      return Optional.empty();
    }
    return Optional.of(new AddressRange(bytes, Integer.parseInt(length)));
  }

  @Override
  public String toString() {
    return NetUtil.bytesToIpAddress(prefix) + "/" + bits;
  }

  /** Whether the text is an address that lies in one of the ranges. */
  public static boolean anyContains(List<AddressRange> ranges, String address) {
    byte[] bytes = NetUtil.createByteArrayFromIpAddressString(address);
    return bytes != null && ranges.stream().anyMatch(range -> range.contains(bytes));
  }

  /** Whether the address, 4 or 16 bytes, lies in the range. */
  public boolean contains(byte[] address) {
    if (address.length != prefix.length) {
      return false;
    }
    for (int bit = 0; bit < bits; bit++) {
      int mask = 0x80 >>> (bit & 7);
      if ((address[bit >> 3] & mask) != (prefix[bit >> 3] & mask)) {
        return false;
      }
    }
    return true;
  }
}
