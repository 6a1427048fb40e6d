package io.otakey.loadgen.experiment;

import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.otakey.loadgen.experiment.Experiment.Group;
import io.otakey.loadgen.link.Endpoint;
import io.otakey.loadgen.link.Loops;
import io.otakey.loadgen.network.NetworkClass;
import io.otakey.loadgen.network.NetworkProxy;
import io.otakey.loadgen.scenario.Chaos;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/**
 * Networks by name, between devices and gateways. Streams are delayed and throttled by a proxy of
 * ours, for each connection by itself; frames are lost, doubled and put out of order by the
 * devices' side. What TCP makes of a lost packet is computed elsewhere ({@code TimeModel}). One
 * thread at a time.
 */
final class Networks implements AutoCloseable {
  private final Experiment experiment;
  private final MultiThreadIoEventLoopGroup loops = Loops.open("network", 1);
  private final Map<Way, NetworkProxy> proxies = new HashMap<>();

  private record Way(Endpoint gateway, String network) {}

  /** Opens nothing yet. */
  Networks(Experiment experiment) {
    this.experiment = experiment;
  }

  /** Names that every file may use. */
  static List<String> presets() {
    return NetworkClass.PRESETS.stream().map(NetworkClass::name).toList();
  }

  /** Where devices of a group connect so that what they say goes through their network. */
  Endpoint to(Endpoint gateway, Group group) throws InterruptedException {
    if (group.network().isEmpty()) {
      return gateway;
    }
    Way way = new Way(gateway, group.network().get());
    NetworkProxy proxy = proxies.get(way);
    if (proxy == null) {
      proxy = NetworkProxy.start(loops.next(), gateway, network(way.network()));
      proxies.put(way, proxy);
    }
    return proxy.endpoint();
  }

  /** What becomes of a group's frames. */
  Chaos chaos(Group group) {
    Experiment.Network all = experiment.network();
    Optional<OwnNetwork> own = group.network().flatMap(this::own);
    return new Chaos(
        own.flatMap(OwnNetwork::loss).orElse(all.loss()),
        own.flatMap(OwnNetwork::duplicate).orElse(all.duplicate()),
        own.flatMap(OwnNetwork::reorder).orElse(all.reorder()));
  }

  private NetworkClass network(String name) {
    return own(name)
        .map(network -> network.over(preset(network.like().orElse(NetworkClass.BLE.name()))))
        .orElseGet(() -> preset(name));
  }

  private Optional<OwnNetwork> own(String name) {
    return experiment.networks().stream().filter(each -> each.name().equals(name)).findFirst();
  }

  private static NetworkClass preset(String name) {
    return NetworkClass.PRESETS.stream()
        .filter(preset -> preset.name().equals(name))
        .findFirst()
        .orElseThrow(() -> new IllegalArgumentException("no network " + name));
  }

  @Override
  public void close() {
    proxies.values().forEach(NetworkProxy::close);
    var unused = loops.shutdownGracefully(0, 2, TimeUnit.SECONDS).awaitUninterruptibly();
  }
}
