package io.otakey.gateway.webhook;

import io.otakey.gateway.registry.EventFilter;
import io.otakey.gateway.registry.EventKind;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.net.PemTrustOptions;
import java.io.ByteArrayInputStream;
import java.nio.charset.StandardCharsets;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * What an operator wants of a webhook.
 *
 * @param url where to; not a secret, though its path may be long
 * @param insecure whether it may be {@code http}
 * @param ca certificates that TLS trusts instead of the system's, as PEM text
 * @param kinds empty = all
 * @param products empty = all, and what concerns no product
 */
public record WebhookOrder(
    String url, boolean insecure, Optional<String> ca, Set<EventKind> kinds, Set<String> products) {
  /** Bytes of {@link #ca}. */
  public static final int MAX_CA = 65_536;

  /** Copies the sets. */
  public WebhookOrder {
    kinds = Set.copyOf(kinds);
    products = Set.copyOf(products);
  }

  /** The events that it is told of. */
  public EventFilter filter() {
    return new EventFilter(products, Optional.empty(), kinds);
  }

  /** A sentence for everything that is wrong with it. */
  public List<String> problems() {
    List<String> problems = new ArrayList<>();
    Optional<Target> target = Target.parse(url);
    if (target.isEmpty()) {
      problems.add(
          "url must be https://HOST[:PORT]/PATH, 2000 characters at most, without a user and a"
              + " fragment");
    } else if (!target.get().tls() && !insecure) {
      problems.add("url: http shows the events to the network: use https, or set insecure to true");
    }
    if (ca.isPresent() && trust().isEmpty()) {
      problems.add("ca holds no certificates: it must be PEM text, not the name of a file");
    }
    return problems;
  }

  /** What {@link #ca} says; empty too if it makes no sense. */
  Optional<PemTrustOptions> trust() {
    return ca.flatMap(WebhookOrder::trust);
  }

  private static Optional<PemTrustOptions> trust(String pem) {
    byte[] bytes = pem.getBytes(StandardCharsets.UTF_8);
    try {
      CertificateFactory x509 = CertificateFactory.getInstance("X.509");
      return bytes.length > MAX_CA
              || x509.generateCertificates(new ByteArrayInputStream(bytes)).isEmpty()
          ? Optional.empty()
          : Optional.of(new PemTrustOptions().addCertValue(Buffer.buffer(bytes)));
    } catch (CertificateException e) {
      return Optional.empty();
    }
  }
}
