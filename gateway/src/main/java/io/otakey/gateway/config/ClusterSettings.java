package io.otakey.gateway.config;

import io.otakey.gateway.cluster.ClusterConfig;
import java.util.List;
import java.util.Optional;

/** Reads how a node finds the others. */
final class ClusterSettings {
  private ClusterSettings() {}

  static ClusterConfig read(Settings settings, List<String> problems) {
    ClusterConfig cluster =
        new ClusterConfig(
            settings.flag("cluster.enabled", false, "whether it joins others, as --cluster"),
            settings.text(
                "cluster.host", "127.0.0.1", "its own address, to listen on and to be reached at"),
            settings.number("cluster.port", 5701, 1, 65_535, "where nodes listen for each other"),
            settings.optional(
                "cluster.publicAddress", "host:port, if the others reach it by that instead"),
            settings.list(
                "cluster.members",
                List.of(),
                text -> ClusterConfig.isMember(text) ? Optional.of(text) : Optional.empty(),
                text -> text,
                "nodes, as host or host:port"),
            settings.optional(
                "cluster.dns", "a name, or name:port, whose addresses are the nodes, instead"),
            settings.flag(
                "cluster.privateNetwork",
                false,
                "that only nodes reach cluster.port: needed beyond this machine"));
    cluster.validate(problems);
    return cluster;
  }
}
