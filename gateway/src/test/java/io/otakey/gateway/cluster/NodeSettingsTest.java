package io.otakey.gateway.cluster;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import com.hazelcast.config.AdvancedNetworkConfig;
import com.hazelcast.config.Config;
import com.hazelcast.config.JoinConfig;
import com.hazelcast.instance.EndpointQualifier;
import java.net.UnknownHostException;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** What of Hazelcast is off, however nodes find each other. */
class NodeSettingsTest {
  @Test
  void members_areThoseThatAreNamed_andNothingElseIsOpen() throws UnknownHostException {
    AdvancedNetworkConfig network = network(List.of("10.0.0.2"), Optional.empty());
    assertThat(network.getJoin().getTcpIpConfig().isEnabled()).isTrue();
    assertThat(network.getJoin().getTcpIpConfig().getMembers()).containsExactly("10.0.0.2:5701");
    assertThat(network.getJoin().getKubernetesConfig().isEnabled()).isFalse();
    expectTheRestOff(network);
  }

  @Test
  void aName_isAskedOfTheDns_andNothingElseIsOpen() throws UnknownHostException {
    AdvancedNetworkConfig network = network(List.of(), Optional.of("nodes.example"));
    assertThat(network.getJoin().getKubernetesConfig().isEnabled()).isTrue();
    assertThat(network.getJoin().getTcpIpConfig().isEnabled()).isFalse();
    expectTheRestOff(network);
  }

  private static void expectTheRestOff(AdvancedNetworkConfig network) {
    JoinConfig join = network.getJoin();
    assertThat(join.getMulticastConfig().isEnabled()).as("multicast").isFalse();
    assertThat(join.getAutoDetectionConfig().isEnabled()).as("a look around").isFalse();
    assertThat(network.isEnabled()).isTrue();
    assertThat(network.getEndpointConfigs()).containsOnlyKeys(EndpointQualifier.MEMBER);
    var members = requireNonNull(network.getEndpointConfigs().get(EndpointQualifier.MEMBER));
    assertThat(members.getSocketInterceptorConfig().isEnabled()).as("the proof").isTrue();
  }

  private static AdvancedNetworkConfig network(List<String> members, Optional<String> dns)
      throws UnknownHostException {
    Config config =
        NodeSettings.of(
            new ClusterConfig(true, "127.0.0.1", 5701, Optional.empty(), members, dns, false),
            "name");
    return config.getAdvancedNetworkConfig();
  }
}
