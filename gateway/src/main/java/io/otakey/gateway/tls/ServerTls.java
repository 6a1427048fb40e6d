package io.otakey.gateway.tls;

import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.ClientAuth;
import io.vertx.core.net.KeyCertOptions;
import io.vertx.core.net.NetServerOptions;
import io.vertx.core.net.PemKeyCertOptions;
import io.vertx.core.net.PfxOptions;
import io.vertx.core.net.ServerSSLOptions;
import io.vertx.core.net.TrustOptions;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.Security;
import java.time.Duration;
import java.util.ArrayList;
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
 * The certificate of some TLS listeners, the authorities whose certificates their clients have to
 * show, and the renewal of both without a restart: when a file changes, every listener gets the new
 * one; a file that cannot be used leaves the old one in place, loudly.
 */
public final class ServerTls {
  private static final Logger LOG = LoggerFactory.getLogger(ServerTls.class);
  private static final Set<String> PROTOCOLS = Set.of("TLSv1.3", "TLSv1.2");

  /** With forward secrecy and authenticated encryption; the JDK's own order of them. */
  private static final List<String> SUITES =
      List.of(
          "TLS_AES_256_GCM_SHA384",
          "TLS_AES_128_GCM_SHA256",
          "TLS_CHACHA20_POLY1305_SHA256",
          "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384",
          "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256",
          "TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256",
          "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384",
          "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256",
          "TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256");

  private static final long LOOK_MILLIS = 5000;
  private static final Duration MAX_HANDSHAKE = Duration.ofSeconds(10);

  static {
    // Vert.x keeps a PEM key in memory as PKCS #12, which it opens for every listener: the 10,000
    // rounds that protect a file against guessing protect nothing there.
    Security.setProperty("keystore.pkcs12.keyPbeIterationCount", "1");
  }

  private final String of;
  private final Source files;
  private final ClientAuth asks;
  private final long handshakeMillis;
  private final List<Function<ServerSSLOptions, Future<Boolean>>> listeners =
      new CopyOnWriteArrayList<>();
  private volatile Material material;
  private volatile String complaint = "";

  /** What the files held; clients and seconds since 1970 only after a look at what they say. */
  private record Material(
      List<Buffer> bytes,
      KeyCertOptions options,
      Optional<Buffer> authorities,
      Optional<TrustOptions> clients,
      long expires) {}

  /** Reads files, without a look at what they say. */
  private interface Source {
    Material read() throws IOException;
  }

  private ServerTls(String of, Source files, ClientAuth asks, Duration patience) {
    this.of = of;
    this.files = files;
    this.asks = asks;
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
    Optional<Path> clientCa = config.clientCa();
    return new ServerTls(
        of, () -> asking(material(effective), clientCa), ClientAuth.REQUIRED, patience);
  }

  /** As {@link #load}, from PEM files that there are. */
  public static ServerTls load(String of, PemFiles files, Duration patience) {
    return new ServerTls(of, () -> pem(files), ClientAuth.REQUIRED, patience);
  }

  /**
   * As {@link #load(String, PemFiles, Duration)}, but clients may come without a certificate, and
   * the listener says what they may do then; one that does not hold is refused all the same.
   */
  public static ServerTls loadAsking(String of, PemFiles files, Duration patience) {
    return new ServerTls(of, () -> pem(files), ClientAuth.REQUEST, patience);
  }

  /** Puts certificate, authorities, protocol versions and patience into a listener's options. */
  public void applyTo(NetServerOptions options) {
    Material now = material;
    options.setSsl(true).setKeyCertOptions(now.options());
    fill(options.getSslOptions(), now);
  }

  private ServerSSLOptions fill(ServerSSLOptions options, Material now) {
    options
        .setKeyCertOptions(now.options())
        .setEnabledSecureTransportProtocols(PROTOCOLS)
        .setSslHandshakeTimeout(handshakeMillis)
        .setSslHandshakeTimeoutUnit(TimeUnit.MILLISECONDS);
    SUITES.forEach(options::addEnabledCipherSuite);
    now.clients().ifPresent(trust -> options.setTrustOptions(trust).setClientAuth(asks));
    return options;
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
    ServerSSLOptions options = fill(new ServerSSLOptions(), fresh);
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
      long expires = Expiry.of(keys);
      return new Material(
          material.bytes(), material.options(), material.authorities(), clients(material), expires);
    } catch (TlsException e) {
      throw e;
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

  private static Optional<TrustOptions> clients(Material material) {
    return material
        .authorities()
        .map(pem -> Authorities.parse(pem, "clientCa").trust())
        .map(TrustOptions::wrap);
  }

  private static Material pem(PemFiles files) throws IOException {
    return asking(pem(files.certificate(), files.key()), files.clientCa());
  }

  private static Material pem(Path certificate, Path key) throws IOException {
    Buffer chain = Buffer.buffer(Files.readAllBytes(certificate));
    Buffer secret = Buffer.buffer(Files.readAllBytes(key));
    return new Material(
        List.of(chain, secret),
        new PemKeyCertOptions().setCertValue(chain).setKeyValue(secret),
        Optional.empty(),
        Optional.empty(),
        0);
  }

  private static Material pkcs12(TlsConfig config, Path file) throws IOException {
    Buffer store = Buffer.buffer(Files.readAllBytes(file));
    return new Material(
        List.of(store),
        new PfxOptions().setValue(store).setPassword(config.keyStorePassword().orElse("")),
        Optional.empty(),
        Optional.empty(),
        0);
  }

  private static Material asking(Material own, Optional<Path> clientCa) throws IOException {
    if (clientCa.isEmpty()) {
      return own;
    }
    Buffer authorities = Buffer.buffer(Files.readAllBytes(clientCa.get()));
    List<Buffer> bytes = new ArrayList<>(own.bytes());
    bytes.add(authorities);
    return new Material(bytes, own.options(), Optional.of(authorities), Optional.empty(), 0);
  }
}
