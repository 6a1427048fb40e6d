package io.otakey.gateway.cluster;

import com.hazelcast.config.AdvancedNetworkConfig;
import com.hazelcast.config.ClassFilter;
import com.hazelcast.config.Config;
import com.hazelcast.config.JavaSerializationFilterConfig;
import com.hazelcast.config.JoinConfig;
import com.hazelcast.config.ServerSocketEndpointConfig;
import com.hazelcast.config.SocketInterceptorConfig;
import java.net.UnknownHostException;
import java.util.List;
import java.util.Map;

/** Hazelcast with nothing but what we use: members on one port, and a topic of bytes. */
final class NodeSettings {
  /** Seconds; a frozen node is out after these and a heartbeat. */
  private static final int SILENCE = 5;

  private static final Map<String, String> PROPERTIES =
      Map.ofEntries(
          Map.entry("hazelcast.logging.type", "slf4j"),
          Map.entry("hazelcast.phone.home.enabled", "false"),
          Map.entry("hazelcast.shutdownhook.enabled", "false"),
          Map.entry("hazelcast.socket.bind.any", "false"),
          Map.entry("hazelcast.max.join.seconds", "30"),
          Map.entry("hazelcast.heartbeat.interval.seconds", "1"),
          Map.entry("hazelcast.max.no.heartbeat.seconds", Integer.toString(SILENCE)),
          // As long as the DNS may take; without, a node that asks it begins alone.
          Map.entry("hazelcast.wait.seconds.before.join", "2"),
          // Halves that were cut apart, or started apart, look for each other.
          Map.entry("hazelcast.merge.first.run.delay.seconds", "2"),
          Map.entry("hazelcast.merge.next.run.delay.seconds", "3"),
          Map.entry("hazelcast.graceful.shutdown.max.wait", "5"),
          // Nothing is stored: no threads and tables for data.
          Map.entry("hazelcast.partition.count", "7"),
          Map.entry("hazelcast.io.thread.count", "1"),
          Map.entry("hazelcast.operation.thread.count", "2"),
          Map.entry("hazelcast.operation.generic.thread.count", "2"),
          Map.entry("hazelcast.event.thread.count", "1"),
          Map.entry("hazelcast.event.queue.capacity", "10000"));

  /**
   * Of what a member answers when it does not know the other one yet, or no more: words and places
   * in code. Whoever cannot read that waits for an answer without end.
   */
  private static final List<String> REFUSALS =
      List.of(
          "com.hazelcast.core.HazelcastException",
          "com.hazelcast.core.HazelcastInstanceNotActiveException",
          "com.hazelcast.spi.exception.CallerNotMemberException",
          "com.hazelcast.spi.exception.RetryableHazelcastException",
          "com.hazelcast.spi.exception.TargetNotMemberException",
          "com.hazelcast.spi.exception.WrongTargetException",
          "java.lang.Exception",
          "java.lang.IllegalStateException",
          "java.lang.RuntimeException",
          "java.lang.StackTraceElement",
          "java.lang.Throwable",
          "java.util.Collections$EmptyList",
          "[Ljava.lang.StackTraceElement;");

  private NodeSettings() {}

  static Config of(ClusterConfig cluster, String name) throws UnknownHostException {
    Config config = new Config();
    config.setClusterName(name);
    PROPERTIES.forEach(config::setProperty);
    config.getMetricsConfig().setEnabled(false);
    config.getJetConfig().setEnabled(false);
    readOnlyRefusals(config);
    AdvancedNetworkConfig network = config.getAdvancedNetworkConfig().setEnabled(true);
    network.setMemberEndpointConfig(listen(cluster)); // and no endpoint for clients, REST or WAN
    find(cluster, network.getJoin());
    return config;
  }

  /** Java's serialization is where strangers' bytes become strangers' code. */
  private static void readOnlyRefusals(Config config) {
    JavaSerializationFilterConfig filter =
        new JavaSerializationFilterConfig()
            .setDefaultsDisabled(true)
            .setWhitelist(new ClassFilter().setClasses(REFUSALS));
    config.getSerializationConfig().setJavaSerializationFilterConfig(filter);
  }

  private static ServerSocketEndpointConfig listen(ClusterConfig cluster)
      throws UnknownHostException {
    ServerSocketEndpointConfig endpoint = new ServerSocketEndpointConfig();
    endpoint.setPort(cluster.port()).setPortAutoIncrement(false);
    endpoint.setSocketInterceptorConfig(new SocketInterceptorConfig().setEnabled(true));
    cluster.publicAddress().ifPresent(endpoint::setPublicAddress);
    endpoint.getInterfaces().setEnabled(true).addInterface(cluster.address().getHostAddress());
    return endpoint;
  }

  private static void find(ClusterConfig cluster, JoinConfig join) {
    join.getAutoDetectionConfig().setEnabled(false);
    join.getMulticastConfig().setEnabled(false);
    cluster
        .dnsAddress()
        .ifPresentOrElse(
            name ->
                join.getKubernetesConfig()
                    .setEnabled(true)
                    .setProperty("service-dns", name[0])
                    .setProperty("service-port", name[1]),
            () -> join.getTcpIpConfig().setEnabled(true).setMembers(cluster.memberAddresses()));
  }
}
