package io.otakey.gateway.recovery;

import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.otakey.gateway.metric.Metric;
import io.otakey.gateway.registry.VaultMark;
import io.otakey.gateway.vault.Vault;
import io.otakey.gateway.vault.VaultConfig;
import io.otakey.gateway.vault.VaultContents;
import io.otakey.gateway.vault.VaultContents.Kind;
import io.otakey.gateway.vault.VaultFile;
import io.otakey.protocol.crypto.X25519;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Every look of the watch is answered when the test says so. */
class VaultWatchTest implements VaultMark {
  @TempDir private Path folder;

  private final BlockingQueue<Promise<String>> looks = new LinkedBlockingQueue<>();
  private final Vertx vertx = Vertx.vertx();
  private final SimpleMeterRegistry meters = new SimpleMeterRegistry();
  private VaultContents before;
  private VaultContents after;
  private Vault vault;

  @Override
  public Future<String> inForce(String ifNone) {
    Promise<String> look = Promise.promise();
    looks.add(look);
    return look.future();
  }

  @Override
  public Future<Void> put(String mark) {
    throw new AssertionError("a watch puts nothing in force");
  }

  @BeforeEach
  void watch() throws Exception {
    VaultConfig config = new VaultConfig(folder.resolve("vault.json"), Optional.empty(), true);
    vault = Vault.open(config, X25519.choose().x25519()).vault();
    before = vault.contents();
    after = before.withNew(Kind.ALLOCATION_SECRET);
    vertx
        .deployVerticle(new VaultWatch(vault, this, meters))
        .toCompletionStage()
        .toCompletableFuture()
        .get(20, TimeUnit.SECONDS);
  }

  @AfterEach
  void stop() throws Exception {
    vertx.close().toCompletionStage().toCompletableFuture().get(20, TimeUnit.SECONDS);
  }

  @Test
  void whatWasPutInForceElsewhere_isTakenOverOnceTheFileHoldsIt() throws Exception {
    look().complete(after.mark());
    Promise<String> second = look();
    assertThat(behind()).as("its file holds the old one").isTrue();
    VaultFile.write(folder.resolve("vault.json"), after);
    second.complete(after.mark());
    Promise<String> third = look();
    assertThat(vault.contents().mark()).isEqualTo(after.mark());
    third.complete(after.mark());
    look();
    assertThat(behind()).isFalse();
  }

  @Test
  void reloadedWhileAQuestionIsUnderWay_itIsNotCalledBehind() throws Exception {
    Promise<String> asked = look();
    VaultFile.write(folder.resolve("vault.json"), after);
    vault.reload();
    asked.complete(before.mark());
    look();
    assertThat(behind()).isFalse();
    assertThat(vault.contents().mark()).isEqualTo(after.mark());
  }

  private Promise<String> look() throws InterruptedException {
    Promise<String> look = looks.poll(20, TimeUnit.SECONDS);
    assertThat(look).as("the watch looks").isNotNull();
    return look;
  }

  private boolean behind() {
    return meters.get(Metric.VAULT_BEHIND.id()).gauge().value() == 1;
  }
}
