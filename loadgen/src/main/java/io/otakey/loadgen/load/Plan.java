package io.otakey.loadgen.load;

import io.otakey.loadgen.device.VirtualDevice.Goal;
import io.otakey.loadgen.link.Endpoint;
import io.otakey.loadgen.link.Transport;
import io.otakey.loadgen.link.Trust;
import io.otakey.loadgen.scenario.Chaos;
import io.otakey.loadgen.scenario.IdRange;
import io.otakey.protocol.device.Firmware;
import io.otakey.protocol.device.Timing;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What a run is to do.
 *
 * @param untimed so many devices go first, whose latencies do not count
 * @param endpoints of the transports in use
 * @param transports given to devices in turn
 * @param ownConnections whether every device has a connection of its own
 * @param connections size of the shared pool, for each transport
 * @param inFlight devices that may be under way at a time
 * @param proof by what the run ends
 * @param timeout of each phase after its last intended start
 * @param cuts of power; empty: none
 */
public record Plan(
    Firmware firmware,
    IdRange ids,
    int devices,
    int untimed,
    double rate,
    int rotations,
    Map<Transport, Endpoint> endpoints,
    Optional<Trust> tls,
    List<Transport> transports,
    boolean ownConnections,
    int connections,
    int inFlight,
    int loops,
    List<String> sources,
    int qos,
    Chaos chaos,
    Timing timing,
    long seed,
    Proof proof,
    Duration timeout,
    Optional<PowerCuts> cuts) {
  /**
   * Every device loses power once, in the middle of an operation on its flash; the first one at the
   * first operation, and so on.
   *
   * @param during while they go there
   * @param steps the device after so many begins again with the first operation
   */
  public record PowerCuts(Goal during, int steps) {}

  /** What every device does at last. */
  public enum Proof {
    /** Nothing. */
    NONE,
    /** A POLL over a shared connection. */
    SHARED,
    /** A POLL over a connection of its own, which then stays open. */
    OWN_AND_STAY
  }
}
