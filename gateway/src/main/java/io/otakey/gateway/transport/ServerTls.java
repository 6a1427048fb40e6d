package io.otakey.gateway.transport;

import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.net.KeyCertOptions;
import io.vertx.core.net.PemKeyCertOptions;
import io.vertx.core.net.PfxOptions;
import io.vertx.core.net.ServerSSLOptions;
import io.vertx.core.net.TCPSSLOptions;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The certificate of all TLS listeners, and its renewal without a restart: when a file changes,
 * every listener gets the new one; a file that cannot be used leaves the old one in place, loudly.
 */
public final class ServerTls {
  private static final Logger LOG = LoggerFactory.getLogger(ServerTls.class);
  private static final Set<String> PROTOCOLS = Set.of("TLSv1.3", "TLSv1.2");
  private static final long LOOK_MILLIS = 5000;
  private static final Duration MAX_HANDSHAKE = Duration.ofSeconds(10);

  private final TlsConfig config;
  private final long handshakeMillis;
  private final List<Function<ServerSSLOptions, Future<Boolean>>> listeners =
      new CopyOnWriteArrayList<>();
  private volatile Material material;

  /** What the files held. */
  private record Material(List<Buffer> bytes, KeyCertOptions options) {}

  private ServerTls(TlsConfig config, Duration handshake, Material material) {
    this.config = config;
    this.handshakeMillis = handshake.toMillis();
    this.material = material;
  }

  /**
   * Reads the certificate, or makes a self-signed one if none is configured. Blocking.
   *
   * @param patience with a handshake; never more than 10 s
   * @throws TlsException with the remedy, if it cannot be used
   */
  public static ServerTls load(TlsConfig config, Duration patience) {
    boolean none = config.certificate().isEmpty() && config.keyStore().isEmpty();
    TlsConfig effective = none ? DevelopmentCertificate.in(config.developmentFolder()) : config;
    Duration handshake = patience.compareTo(MAX_HANDSHAKE) < 0 ? patience : MAX_HANDSHAKE;
    return new ServerTls(effective, handshake, read(effective));
  }

  /** Puts certificate, protocol versions and patience into a listener's options. */
  public void applyTo(TCPSSLOptions options) {
    options
        .setSsl(true)
        .setKeyCertOptions(material.options())
        .setEnabledSecureTransportProtocols(PROTOCOLS)
        .setSslHandshakeTimeout(handshakeMillis)
        .setSslHandshakeTimeoutUnit(TimeUnit.MILLISECONDS);
  }

  /** Calls a listener with every renewed certificate from now on. */
  public void renew(Function<ServerSSLOptions, Future<Boolean>> listener) {
    listeners.add(listener);
  }

  /** Looks for changed files now and then. */
  public void watch(Vertx vertx) {
    vertx.setPeriodic(
        LOOK_MILLIS,
        id ->
            vertx
                .executeBlocking(this::readIfChanged, false)
                .onSuccess(changed -> changed.forEach(this::takeOver))
                .onFailure(e -> LOG.error("TLS certificate not renewed: {}", e.getMessage())));
  }

  private List<Material> readIfChanged() {
    Material fresh = read(config);
    return fresh.bytes().equals(material.bytes()) ? List.of() : List.of(fresh);
  }

  private void takeOver(Material fresh) {
    ServerSSLOptions options =
        new ServerSSLOptions()
            .setKeyCertOptions(fresh.options())
            .setEnabledSecureTransportProtocols(PROTOCOLS)
            .setSslHandshakeTimeout(handshakeMillis)
            .setSslHandshakeTimeoutUnit(TimeUnit.MILLISECONDS);
    Future.all(listeners.stream().map(listener -> listener.apply(options)).toList())
        .onSuccess(
            done -> {
              material = fresh;
              LOG.info("TLS certificate renewed on {} listeners", listeners.size());
            })
        .onFailure(e -> LOG.error("TLS certificate not renewed: {}", e.getMessage()));
  }

  private static Material read(TlsConfig config) {
    try {
      Material material =
          config.keyStore().isPresent()
              ? pkcs12(config, config.keyStore().get())
              : pem(config.certificate().orElseThrow(), config.key().orElseThrow());
      material.options().getKeyManagerFactory(null);
      return material;
    } catch (IOException e) {
      throw new TlsException("TLS file cannot be read: " + e.getMessage(), e);
    } catch (TlsException e) {
      throw e;
    } catch (Exception e) { // what Vert.x and the JDK throw for unusable keys is not told apart
      throw new TlsException(
          "TLS key and certificate cannot be used together: check that they belong together, are"
              + " PEM or PKCS#12, and that the password is right",
          e);
    }
  }

  private static Material pem(Path certificate, Path key) throws IOException {
    Buffer chain = Buffer.buffer(Files.readAllBytes(certificate));
    Buffer secret = Buffer.buffer(Files.readAllBytes(key));
    return new Material(
        List.of(chain, secret), new PemKeyCertOptions().setCertValue(chain).setKeyValue(secret));
  }

  private static Material pkcs12(TlsConfig config, Path file)
      throws IOException, GeneralSecurityException {
    Buffer store = Buffer.buffer(Files.readAllBytes(file));
    return new Material(
        List.of(store),
        new PfxOptions().setValue(store).setPassword(config.keyStorePassword().orElse("")));
  }
}
