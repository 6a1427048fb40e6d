package io.otakey.gateway.tls;

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
import java.security.Security;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import javax.net.ssl.KeyManagerFactory;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The certificate of some TLS listeners, and its renewal without a restart: when a file changes,
 * every listener gets the new one; a file that cannot be used leaves the old one in place, loudly.
 */
public final class ServerTls {
  private static final Logger LOG = LoggerFactory.getLogger(ServerTls.class);
  private static final Set<String> PROTOCOLS = Set.of("TLSv1.3", "TLSv1.2");
  private static final long LOOK_MILLIS = 5000;
  private static final Duration MAX_HANDSHAKE = Duration.ofSeconds(10);

  static {
    // Vert.x keeps a PEM key in memory as PKCS #12, which it opens for every listener: the 10,000
    // rounds that protect a file against guessing protect nothing there.
    Security.setProperty("keystore.pkcs12.keyPbeIterationCount", "1");
  }

  private final String of;
  private final Source files;
  private final long handshakeMillis;
  private final List<Function<ServerSSLOptions, Future<Boolean>>> listeners =
      new CopyOnWriteArrayList<>();
  private volatile Material material;
  private volatile String complaint = "";

  /** What the files held; seconds since 1970, of use only after a look at what they say. */
  private record Material(List<Buffer> bytes, KeyCertOptions options, long expires) {}

  /** Reads files, without a look at what they say. */
  private interface Source {
    Material read() throws IOException;
  }

  private ServerTls(String of, Source files, Duration patience) {
    this.of = of;
    this.files = files;
    this.handshakeMillis = Math.min(patience.toMillis(), MAX_HANDSHAKE.toMillis());
    this.material = usable(read());
  }

  /**
   * Reads the certificate, or makes a self-signed one if none is configured. Blocking.
   *
   * @param of whose certificate, for the log
   * @param patience with a handshake; never more than 10 s
   * @throws TlsException with the remedy, if it cannot be used
   */
  public static ServerTls load(String of, TlsConfig config, Duration patience) {
    boolean none = config.certificate().isEmpty() && config.keyStore().isEmpty();
    TlsConfig effective = none ? DevelopmentCertificate.in(config.developmentFolder()) : config;
    return new ServerTls(of, () -> material(effective), patience);
  }

  /** As {@link #load}, from PEM files that there are. */
  public static ServerTls load(String of, Path certificate, Path key, Duration patience) {
    return new ServerTls(of, () -> pem(certificate, key), patience);
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

  /** When the first certificate of the chain in use expires, in seconds since 1970. */
  public long expires() {
    return material.expires();
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
                .executeBlocking(this::changed, false)
                .compose(fresh -> fresh.map(this::takeOver).orElseGet(Future::succeededFuture))
                .onSuccess(done -> complaint = "")
                .onFailure(this::complain));
  }

  /** What the files hold now, if that is something else; only then is it parsed, which is dear. */
  private Optional<Material> changed() {
    Material now = read();
    return now.bytes().equals(material.bytes()) ? Optional.empty() : Optional.of(usable(now));
  }

  private Future<Void> takeOver(Material fresh) {
    ServerSSLOptions options =
        new ServerSSLOptions()
            .setKeyCertOptions(fresh.options())
            .setEnabledSecureTransportProtocols(PROTOCOLS)
            .setSslHandshakeTimeout(handshakeMillis)
            .setSslHandshakeTimeoutUnit(TimeUnit.MILLISECONDS);
    return Future.all(listeners.stream().map(listener -> listener.apply(options)).toList())
        .onSuccess(
            done -> {
              material = fresh;
              LOG.info("certificate of the {} renewed on {} listeners", of, listeners.size());
            })
        .mapEmpty();
  }

  /** Says each fault once, not at every look. */
  private void complain(Throwable fault) {
    String text = String.valueOf(fault.getMessage());
    if (!text.equals(complaint)) {
      complaint = text;
      LOG.error("certificate of the {} not renewed, the old one stays in use: {}", of, text);
    }
  }

  private Material read() {
    try {
      return files.read();
    } catch (IOException e) {
      throw new TlsException("TLS file cannot be read: " + e.getMessage(), e);
    }
  }

  private static Material usable(Material material) {
    try {
      KeyManagerFactory keys = material.options().getKeyManagerFactory(null);
      return new Material(material.bytes(), material.options(), Expiry.of(keys));
    } catch (Exception e) { // what Vert.x and the JDK throw for unusable keys is not told apart
      throw new TlsException(
          "TLS key and certificate cannot be used together: check that they belong together, are"
              + " PEM or PKCS#12, and that the password is right",
          e);
    }
  }

  private static Material material(TlsConfig config) throws IOException {
    return config.keyStore().isPresent()
        ? pkcs12(config, config.keyStore().get())
        : pem(config.certificate().orElseThrow(), config.key().orElseThrow());
  }

  private static Material pem(Path certificate, Path key) throws IOException {
    Buffer chain = Buffer.buffer(Files.readAllBytes(certificate));
    Buffer secret = Buffer.buffer(Files.readAllBytes(key));
    return new Material(
        List.of(chain, secret), new PemKeyCertOptions().setCertValue(chain).setKeyValue(secret), 0);
  }

  private static Material pkcs12(TlsConfig config, Path file) throws IOException {
    Buffer store = Buffer.buffer(Files.readAllBytes(file));
    return new Material(
        List.of(store),
        new PfxOptions().setValue(store).setPassword(config.keyStorePassword().orElse("")),
        0);
  }
}
