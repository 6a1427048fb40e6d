package io.otakey.gateway.cluster;

import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * How a node finds the others.
 *
 * @param host IPv4 address or name of this node, as the others reach it; it listens there alone
 * @param publicAddress {@code host:port} by which the others reach it, if that is another
 * @param members nodes as {@code host} or {@code host:port}; this one may be among them
 * @param dns a name, or {@code name:port}, whose addresses are the nodes; instead of members
 * @param privateNetwork only nodes can reach the port, or read what goes between them
 */
public record ClusterConfig(
    boolean enabled,
    String host,
    int port,
    Optional<String> publicAddress,
    List<String> members,
    Optional<String> dns,
    boolean privateNetwork) {
  private static final Pattern MEMBER = Pattern.compile("[A-Za-z0-9._-]+(:[0-9]{1,5})?");

  /** Copies the list. */
  public ClusterConfig {
    members = List.copyOf(members);
  }

  /** Whether this names a node. */
  public static boolean isMember(String text) {
    return MEMBER.matcher(text).matches();
  }

  /** The members, each with its port. */
  public List<String> memberAddresses() {
    return members.stream().map(this::withPort).toList();
  }

  /** Name and port. */
  public Optional<String[]> dnsAddress() {
    return dns.map(name -> withPort(name).split(":", 2));
  }

  private String withPort(String member) {
    return member.contains(":") ? member : member + ":" + port;
  }

  /** The address to listen on. */
  public InetAddress address() throws UnknownHostException {
    return InetAddress.getByName(host);
  }

  /** Adds what is wrong with it; looks the host up, which may block. */
  public void validate(List<String> problems) {
    if (!enabled) {
      return;
    }
    if (members.isEmpty() == dns.isEmpty()) {
      problems.add("cluster.members or cluster.dns must name the nodes: set one of them");
    }
    if (!publicAddress.map(text -> isMember(text) && text.contains(":")).orElse(true)) {
      problems.add("cluster.publicAddress must be host:port");
    }
    if (!dns.map(ClusterConfig::isMember).orElse(true)) {
      problems.add("cluster.dns must be a name, or name:port");
    }
    try {
      validate(address(), problems);
    } catch (UnknownHostException e) {
      problems.add("cluster.host is not known: " + host);
    }
  }

  private void validate(InetAddress address, List<String> problems) {
    if (!(address instanceof Inet4Address) || address.isAnyLocalAddress()) {
      problems.add(
          "cluster.host must be one IPv4 address of this node, by which the others reach it, not "
              + host);
    } else if (!address.isLoopbackAddress() && !privateNetwork) {
      problems.add(
          "cluster.host is beyond this machine, and what goes between nodes is not protected against"
              + " changes on the way (docs/operations.md, Cluster). Let only the nodes reach it, then"
              + " set cluster.privateNetwork");
    }
  }
}
