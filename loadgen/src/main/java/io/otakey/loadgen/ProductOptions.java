package io.otakey.loadgen;

import io.otakey.loadgen.device.Bundle;
import io.otakey.loadgen.device.BundleException;
import io.otakey.loadgen.link.Trust;
import io.otakey.protocol.device.Firmware;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** Options for what devices know from the factory: their product, and whom they trust. */
final class ProductOptions {
  @Option(
      names = "--bundle",
      description = "JSON of a product that the devices are of: otakey admin product bundle.")
  private @Nullable Path bundle;

  @Option(
      names = "--tls",
      description =
          "Speak TLS to the gateway, trusting the certificates of this PEM file and no others.")
  private @Nullable Path tls;

  /** Whether a product was given. */
  boolean hasBundle() {
    return bundle != null;
  }

  /** The file of certificates, if one was given. */
  Optional<Path> tls() {
    return Optional.ofNullable(tls);
  }

  /** The image that devices share; if there is none, what is wrong is added to the problems. */
  Optional<Firmware> firmware(List<String> problems) {
    if (bundle == null) {
      problems.add("--bundle is missing: make it with otakey admin product bundle PRODUCT");
      return Optional.empty();
    }
    try {
      return Optional.of(Bundle.read(bundle));
    } catch (BundleException e) {
      problems.add(e.getMessage() == null ? "the bundle is wrong" : e.getMessage());
      return Optional.empty();
    }
  }

  /** Empty without TLS, and if something is wrong, which is added to the problems then. */
  Optional<Trust> trust(List<String> problems) {
    if (tls == null) {
      return Optional.empty();
    }
    try {
      return Optional.of(Trust.in(tls));
    } catch (SSLException e) {
      problems.add("--tls " + tls + " cannot be used: " + e.getMessage());
      return Optional.empty();
    }
  }
}
