package io.otakey.gateway.transport.http;

import io.netty.util.NetUtil;
import io.otakey.gateway.transport.AddressRange;
import io.vertx.core.http.HttpServerRequest;
import java.util.List;
import java.util.Optional;

/**
 * The client behind trusted proxies: the right-most address of X-Forwarded-For that is not itself a
 * trusted proxy. What others write there is ignored.
 */
final class ForwardedFor {
  private final List<AddressRange> trusted;

  ForwardedFor(List<AddressRange> trusted) {
    this.trusted = trusted;
  }

  Optional<String> client(String peer, HttpServerRequest request) {
    if (trusted.isEmpty() || !isTrusted(peer)) {
      return Optional.empty();
    }
    String header = request.getHeader("X-Forwarded-For");
    if (header == null) {
      return Optional.empty();
    }
    String[] hops = header.split(",", -1);
    for (int i = hops.length - 1; i >= 0; i--) {
      String hop = hops[i].trim();
      if (NetUtil.createByteArrayFromIpAddressString(hop) == null) {
        return Optional.empty();
      }
      if (!isTrusted(hop)) {
        return Optional.of(hop);
      }
    }
    return Optional.empty();
  }

  private boolean isTrusted(String address) {
    return AddressRange.anyContains(trusted, address);
  }
}
