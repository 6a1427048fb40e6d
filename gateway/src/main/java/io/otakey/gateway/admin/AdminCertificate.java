package io.otakey.gateway.admin;

import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServer;
import io.vertx.core.net.PemKeyCertOptions;
import io.vertx.core.net.ServerSSLOptions;
import java.io.IOException;
import java.nio.file.Files;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Key and certificate of the administration port. They are renewed without a restart when the files
 * change; files that cannot be used leave the old ones in place, loudly.
 */
final class AdminCertificate {
  private static final Logger LOG = LoggerFactory.getLogger(AdminCertificate.class);
  private static final long LOOK_MILLIS = 5000;

  private final AdminConfig.Tls files;
  private volatile List<Buffer> looked = List.of();

  AdminCertificate(AdminConfig.Tls files) {
    this.files = files;
  }

  /** What the server starts with. */
  PemKeyCertOptions options() {
    return new PemKeyCertOptions()
        .addKeyPath(files.key().toString())
        .addCertPath(files.certificate().toString());
  }

  /** Looks for changed files now and then, for as long as the verticle lives. */
  void watch(Vertx vertx, HttpServer server) {
    vertx
        .executeBlocking(this::read)
        .onSuccess(first -> looked = first)
        .onComplete(done -> vertx.setPeriodic(LOOK_MILLIS, id -> look(vertx, server)));
  }

  private void look(Vertx vertx, HttpServer server) {
    vertx
        .executeBlocking(this::read)
        .compose(
            fresh -> {
              if (fresh.equals(looked)) {
                return Future.succeededFuture();
              }
              looked = fresh; // said once, whether it can be used or not
              return server
                  .updateSSLOptions(new ServerSSLOptions().setKeyCertOptions(options(fresh)))
                  .onSuccess(done -> LOG.info("certificate of the administration port renewed"));
            })
        .onFailure(
            e ->
                LOG.error(
                    "certificate of the administration port not renewed, the old one stays in use:"
                        + " check {} and {}: {}",
                    files.certificate(),
                    files.key(),
                    e.getMessage()));
  }

  private List<Buffer> read() throws IOException {
    return List.of(
        Buffer.buffer(Files.readAllBytes(files.key())),
        Buffer.buffer(Files.readAllBytes(files.certificate())));
  }

  private static PemKeyCertOptions options(List<Buffer> pair) {
    return new PemKeyCertOptions().addKeyValue(pair.get(0)).addCertValue(pair.get(1));
  }
}
