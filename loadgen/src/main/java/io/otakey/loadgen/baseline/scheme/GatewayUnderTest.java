package io.otakey.loadgen.baseline.scheme;

import io.netty.handler.ssl.SslContext;
import io.otakey.loadgen.link.Endpoint;
import io.otakey.loadgen.link.Transport;
import io.otakey.protocol.device.Firmware;
import java.util.Map;
import java.util.Optional;

/**
 * A gateway that runs in a process of its own.
 *
 * @param firmware of a product that every device may enroll for
 * @param plain its listeners without TLS
 * @param secure its listeners with TLS
 * @param trust for those
 * @param process its process, for CPU; counts nothing if it is not on this machine
 */
public record GatewayUnderTest(
    Firmware firmware,
    Map<Transport, Endpoint> plain,
    Map<Transport, Endpoint> secure,
    Optional<SslContext> trust,
    GatewayProcessCpu process) {
  /** Where it listens, if it does. */
  Optional<Endpoint> endpoint(Transport transport, boolean tls) {
    return Optional.ofNullable((tls ? secure : plain).get(transport));
  }
}
