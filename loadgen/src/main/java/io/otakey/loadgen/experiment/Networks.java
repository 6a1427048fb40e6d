package io.otakey.loadgen.experiment;

import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.otakey.loadgen.experiment.Experiment.Group;
import io.otakey.loadgen.link.Endpoint;
import io.otakey.loadgen.link.Loops;
import io.otakey.loadgen.network.Netem;
import io.otakey.loadgen.network.NetworkClass;
import io.otakey.loadgen.network.NetworkProxy;
import io.otakey.loadgen.node.NodeException;
import io.otakey.loadgen.scenario.Chaos;
import java.io.IOException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/**
 * Networks by name, between devices and gateways. Streams are throttled by a proxy of ours, for
 * each connection by itself. Where this process has the kernel's netem, that delays, loses and
 * reorders the packets between devices and proxy. Elsewhere the proxy delays, too, frames are lost
 * and put out of order by the devices' side, and what TCP makes of a lost packet is computed
 * elsewhere ({@code TimeModel}). One thread at a time.
 */
final class Networks implements AutoCloseable {
  private final Experiment experiment;
  private final Optional<Netem> netem;
  private final MultiThreadIoEventLoopGroup loops = Loops.open("network", 1);
  private final Map<Way, NetworkProxy> proxies = new HashMap<>();

  private record Way(Endpoint gateway, String network) {}

  /**
   * Opens nothing yet.
   *
   * @param netem of this process, if there is one
   */
  Networks(Experiment experiment, Optional<Netem> netem) {
    this.experiment = experiment;
    this.netem = netem;
  }

  /** Names that every file may use. */
  static List<String> presets() {
    return NetworkClass.PRESETS.stream().map(NetworkClass::name).toList();
  }

  /** Where devices of a group connect so that what they say goes through their network. */
  Endpoint to(Endpoint gateway, Group group) throws NodeException, InterruptedException {
    if (group.network().isEmpty()) {
      return gateway;
    }
    Way way = new Way(gateway, group.network().get());
    NetworkProxy proxy = proxies.get(way);
    if (proxy == null) {
      proxy = netem.isPresent() ? behind(netem.get(), way) : before(way, network(way.network()));
    }
    return proxy.endpoint();
  }

  private NetworkProxy before(Way way, NetworkClass network) throws InterruptedException {
    NetworkProxy proxy = NetworkProxy.start(loops.next(), way.gateway(), network);
    proxies.put(way, proxy);
    return proxy;
  }

  private NetworkProxy behind(Netem kernel, Way way) throws NodeException, InterruptedException {
    NetworkClass network = network(way.network());
    double loss = packetLoss(way.network());
    double reorder = chances(Optional.of(way.network())).reorder();
    NetworkProxy proxy = before(way, network.ratesOnly());
    try {
      kernel.shape(proxy.endpoint().port(), network.withLoss(loss), reorder);
      return proxy;
    } catch (IOException e) {
      throw new NodeException(way.network() + " cannot be played: " + e.getMessage(), e);
    }
  }

  /** What becomes of a group's frames, apart from their packets. */
  Chaos chaos(Group group) {
    Chaos frames = chances(group.network());
    return group.network().isPresent() && netem.isPresent()
        ? new Chaos(0, frames.duplicate(), 0)
        : frames;
  }

  /** As the file says, or else as on the preset. */
  double packetLoss(String name) {
    double all = experiment.network().loss();
    return own(name).flatMap(OwnNetwork::loss).orElse(all > 0 ? all : network(name).loss());
  }

  /** Lets a fault of networks happen, until it is over; nothing is opened meanwhile. */
  void suffer(Fault fault) throws InterruptedException {
    List<NetworkProxy> hit =
        proxies.entrySet().stream()
            .filter(entry -> fault.network().equals(Optional.of(entry.getKey().network())))
            .map(Map.Entry::getValue)
            .toList();
    if (fault.kind() == Fault.Kind.NETWORK_CUT) {
      hit.forEach(NetworkProxy::cut);
    } else {
      hit.forEach(proxy -> proxy.stall(fault.time()));
      TimeUnit.NANOSECONDS.sleep(fault.time().toNanos());
    }
  }

  private Chaos chances(Optional<String> name) {
    Experiment.Network all = experiment.network();
    Optional<OwnNetwork> own = name.flatMap(this::own);
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
    Loops.end(loops);
  }
}
