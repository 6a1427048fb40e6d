package io.otakey.loadgen.experiment;

import io.otakey.loadgen.device.Bundle;
import io.otakey.loadgen.device.BundleException;
import io.otakey.loadgen.link.Endpoint;
import io.otakey.loadgen.link.Transport;
import io.otakey.protocol.device.Firmware;
import java.util.List;
import java.util.Map;

/**
 * What devices must know of a gateway, in whichever process they are.
 *
 * @param nodes where each node listens
 * @param bundles of each product, as the gateway gives them; secret
 */
record Stage(List<Map<Transport, Endpoint>> nodes, Map<String, String> bundles) {
  /** The image that devices of a product share. */
  Firmware firmware(String product) {
    try {
      return Bundle.parse(bundles.getOrDefault(product, ""));
    } catch (BundleException e) {
      throw new IllegalStateException("the gateway's own bundle is wrong", e);
    }
  }

  @Override
  public String toString() {
    return "Stage[nodes=" + nodes + "]";
  }
}
