package io.otakey.gateway.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class ClusterConfigTest {
  private static final List<String> SOME = List.of("a", "b:5702");

  @Test
  void whatIsNotEnabled_needsNothing() {
    assertThat(problems(false, "0.0.0.0", List.of(), false)).isEmpty();
  }

  @Test
  void thisMachine_needsNoMore() {
    assertThat(problems(true, "127.0.0.1", SOME, false)).isEmpty();
    assertThat(problems(true, "localhost", SOME, false)).isEmpty();
  }

  @Test
  void beyondThisMachine_theNetworkMustBePrivate() {
    assertThat(problems(true, "192.0.2.1", SOME, false))
        .singleElement()
        .asString()
        .contains("cluster.privateNetwork");
    assertThat(problems(true, "192.0.2.1", SOME, true)).isEmpty();
  }

  @Test
  void anAddressThatOthersCannotReach_isRefused() {
    assertThat(problems(true, "0.0.0.0", SOME, true)).singleElement().asString().contains("one");
    assertThat(problems(true, "::1", SOME, true)).singleElement().asString().contains("IPv4");
    assertThat(problems(true, "no-such-host.invalid", SOME, true))
        .singleElement()
        .asString()
        .contains("not known");
  }

  @Test
  void membersOrDns_nameTheNodes() {
    assertThat(problems(true, "127.0.0.1", List.of(), false)).singleElement().isNotNull();
    List<String> both = new ArrayList<>();
    new ClusterConfig(
            true, "127.0.0.1", 5701, Optional.of("here"), SOME, Optional.of("nodes:a"), false)
        .validate(both);
    assertThat(both)
        .containsExactly(
            "cluster.members or cluster.dns must name the nodes: set one of them",
            "cluster.publicAddress must be host:port",
            "cluster.dns must be a name, or name:port");
  }

  @Test
  void members_haveThePortOfTheirNode_unlessTheyNameOne() {
    assertThat(config(true, "127.0.0.1", SOME, false).memberAddresses())
        .containsExactly("a:5701", "b:5702");
    assertThat(ClusterConfig.isMember("a-b.example:5701")).isTrue();
    assertThat(ClusterConfig.isMember("a:b")).isFalse();
    assertThat(ClusterConfig.isMember("")).isFalse();
  }

  private static List<String> problems(
      boolean enabled, String host, List<String> members, boolean privateNetwork) {
    List<String> problems = new ArrayList<>();
    config(enabled, host, members, privateNetwork).validate(problems);
    return problems;
  }

  private static ClusterConfig config(
      boolean enabled, String host, List<String> members, boolean privateNetwork) {
    return new ClusterConfig(
        enabled, host, 5701, Optional.empty(), members, Optional.empty(), privateNetwork);
  }
}
