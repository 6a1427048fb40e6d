package io.otakey.gateway.doctor;

import io.otakey.gateway.cluster.ClusterConfig;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.UnknownHostException;
import java.util.ArrayList;
import java.util.List;

/** Whether the other nodes are where the configuration says. */
final class ClusterCheck {
  private static final String NAME = "cluster";
  private static final int PATIENCE_MS = 2000;

  private ClusterCheck() {}

  static List<Finding> look(ClusterConfig config) {
    if (!config.enabled()) {
      return List.of();
    }
    List<Finding> findings = new ArrayList<>();
    for (String member : config.memberAddresses()) {
      findings.addAll(member(member, config));
    }
    config.dnsAddress().ifPresent(name -> findings.addAll(member(String.join(":", name), config)));
    return findings;
  }

  /** A name may stand for several nodes. */
  private static List<Finding> member(String member, ClusterConfig config) {
    int colon = member.lastIndexOf(':');
    int port = Integer.parseInt(member.substring(colon + 1));
    try {
      InetAddress own = config.address();
      List<Finding> findings = new ArrayList<>();
      for (InetAddress address : InetAddress.getAllByName(member.substring(0, colon))) {
        findings.add(
            address.equals(own) && port == config.port()
                ? Finding.ok(NAME, member + " is this node")
                : reach(member, new InetSocketAddress(address, port)));
      }
      return findings;
    } catch (UnknownHostException e) {
      return List.of(
          Finding.fault(
              NAME,
              member + " is not known here",
              "check cluster.members or cluster.dns, or the resolver of this machine"));
    }
  }

  private static Finding reach(String member, InetSocketAddress address) {
    try (Socket socket = new Socket()) {
      socket.connect(address, PATIENCE_MS);
      return Finding.ok(NAME, member + " answers");
    } catch (IOException e) {
      return Finding.warning(
          NAME,
          member + " does not answer (" + e.getMessage() + ")",
          "nothing if that node is not up yet; else let the nodes reach each other's cluster.port");
    }
  }
}
