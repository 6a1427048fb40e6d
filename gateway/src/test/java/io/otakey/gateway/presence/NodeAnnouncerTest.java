package io.otakey.gateway.presence;

import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.otakey.gateway.metric.Metric;
import io.otakey.gateway.registry.Announcer;
import io.otakey.gateway.registry.AskedDevice;
import io.otakey.gateway.vault.Vault;
import io.otakey.gateway.vault.VaultConfig;
import io.otakey.protocol.crypto.X25519;
import io.otakey.protocol.key.GrantToken;
import io.otakey.protocol.wire.Answer;
import io.otakey.protocol.wire.Answer.Action;
import io.otakey.protocol.wire.DeviceRef;
import io.otakey.protocol.wire.KeyRef;
import io.otakey.protocol.wire.Token;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What one node tells another pushes there; what others made up or changed does not. */
class NodeAnnouncerTest {
  private static final X25519 CURVE = X25519.choose().x25519();
  private static final DeviceRef DEVICE = new DeviceRef("thermo", "a");

  private final Vertx vertx = Vertx.vertx();
  private final SimpleMeterRegistry meters = new SimpleMeterRegistry();
  private final Presence presence = new Presence();
  private final BlockingQueue<byte[]> pushed = new LinkedBlockingQueue<>();
  private final Presence.Line line = presence.open(pushed::add);
  private final List<byte[]> told = new ArrayList<>();
  private Vault vault;
  private Announcer announcer;
  private Predicate<byte[]> listener;

  @BeforeEach
  void start(@TempDir Path folder) throws Exception {
    vault = vault(folder.resolve("vault.json"));
    announcer = new NodeAnnouncer(vault, told::add);
    listener = NodeAnnouncer.listener(vault, vertx.eventBus());
    await(vertx.deployVerticle(new Pusher(presence, vault, meters)));
    line.shows(key(1));
  }

  @AfterEach
  void stop() throws Exception {
    await(vertx.close());
  }

  private static void await(Future<?> done) throws Exception {
    done.toCompletionStage().toCompletableFuture().get(20, TimeUnit.SECONDS);
  }

  @Test
  void whatANodeOfThisVaultTells_isPushed() throws Exception {
    announce(1);
    assertThat(listener.test(told.get(0))).isTrue();
    assertThat(notice().action()).isEqualTo(Action.ROTATE);
  }

  @Test
  void whatAnotherVaultSealed_isUnreadable_andPushesNothing(@TempDir Path elsewhere)
      throws Exception {
    new NodeAnnouncer(vault(elsewhere.resolve("vault.json")), told::add).announce(asked(1));
    assertThat(listener.test(told.get(0))).isFalse();
    expectNothingPushed();
  }

  @Test
  void whatWasChangedOnTheWay_isUnreadable_andPushesNothing() throws Exception {
    announce(1);
    byte[] sealed = told.get(0);
    for (int bit = 0; bit < sealed.length * 8; bit++) {
      byte[] flipped = sealed.clone();
      flipped[bit / 8] ^= (byte) (1 << bit % 8);
      assertThat(listener.test(flipped)).as("bit %d", bit).isFalse();
    }
    for (int length = 0; length < sealed.length; length++) {
      assertThat(listener.test(Arrays.copyOf(sealed, length))).isFalse();
    }
    expectNothingPushed();
  }

  @Test
  void whatIsSealedForAnotherPurpose_isUnreadable() throws Exception {
    byte[] message = Announcement.encode(asked(1)).getBytes();
    assertThat(listener.test(vault.sealMessage("another topic", message))).isFalse();
    expectNothingPushed();
  }

  /** It cannot be told from the first; but it moves nobody who has done it. */
  @Test
  void whatIsRepeated_pushesOnlyToWhoHasNotDoneIt() throws Exception {
    announce(1);
    assertThat(listener.test(told.get(0))).isTrue();
    assertThat(notice().epoch()).isEqualTo(1);
    line.shows(key(2)); // it rotated
    assertThat(listener.test(told.get(0))).isTrue();
    expectNothingPushed();
    assertThat(pushes("stale")).isEqualTo(1);
  }

  @Test
  void thisNode_isToldByItsOwnBus() throws Exception {
    new BusAnnouncer(vertx.eventBus()).announce(asked(1));
    assertThat(notice().action()).isEqualTo(Action.ROTATE);
  }

  @Test
  void whoIsAskedForNothing_isNotToldOf() {
    announcer.announce(List.of(new AskedDevice(DEVICE, 1, Action.NONE)));
    assertThat(told).isEmpty();
  }

  private void announce(long epoch) {
    announcer.announce(asked(epoch));
    assertThat(told).hasSize(1);
    assertThat(new String(told.get(0), StandardCharsets.ISO_8859_1)).doesNotContain("thermo");
  }

  private static List<AskedDevice> asked(long epoch) {
    return List.of(new AskedDevice(DEVICE, epoch, Action.ROTATE));
  }

  /** Another device is pushed to, by what came last. */
  private void expectNothingPushed() throws Exception {
    KeyRef other = new KeyRef(new DeviceRef("thermo", "barrier"), 9, token());
    Presence.Line barrier = presence.open(pushed::add);
    barrier.shows(other);
    new BusAnnouncer(vertx.eventBus())
        .announce(List.of(new AskedDevice(other.ref(), 9, Action.ROTATE)));
    assertThat(notice().epoch()).isEqualTo(9);
    assertThat(pushed).isEmpty();
    barrier.close();
  }

  private Answer.Notice notice() throws Exception {
    byte[] frame = pushed.poll(20, TimeUnit.SECONDS);
    assertThat(frame).as("a push").isNotNull();
    return (Answer.Notice) Answer.decode(frame);
  }

  private double pushes(String outcome) {
    return meters.get(Metric.PUSHES.id()).tag("outcome", outcome).counter().count();
  }

  private KeyRef key(long epoch) {
    return new KeyRef(DEVICE, epoch, token());
  }

  private Token token() {
    int secret = vault.grantingAllocationId();
    return new GrantToken(secret, GrantToken.Kind.ENROLL, 0, 1, 0, 0, new byte[7]).encode();
  }

  private static Vault vault(Path file) {
    return Vault.open(new VaultConfig(file, Optional.empty(), true), CURVE).vault();
  }
}
