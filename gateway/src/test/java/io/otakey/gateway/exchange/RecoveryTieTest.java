package io.otakey.gateway.exchange;

import static org.assertj.core.api.Assertions.assertThat;

import io.otakey.gateway.registry.OperatorAction;
import io.otakey.gateway.registry.Product;
import io.otakey.gateway.registry.Wanted;
import io.otakey.gateway.vault.Vault;
import io.otakey.gateway.vault.VaultConfig;
import io.otakey.protocol.crypto.X25519;
import io.otakey.protocol.handshake.DeviceHandshake;
import io.otakey.protocol.handshake.HandshakeFailedException;
import io.otakey.protocol.handshake.OpeningPayload;
import io.otakey.protocol.key.DeviceRow;
import io.otakey.protocol.key.FrameKey;
import io.otakey.protocol.key.GrantToken;
import io.otakey.protocol.key.RowStatus;
import io.otakey.protocol.wire.Answer;
import io.otakey.protocol.wire.DeviceRef;
import io.otakey.protocol.wire.KeyRef;
import io.otakey.protocol.wire.Refusal;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Section 6.6: a key beside the row's own of the same epoch is a base for recovery only where the
 * row was recovered in the present generation. Where it was in an earlier one, whoever once held
 * such a key would take the device's place ({@code formal/recovery.pml}, BUG_ONCE).
 */
class RecoveryTieTest {
  private static final X25519 CURVE = X25519.choose().x25519();
  private static final DeviceRef DEVICE = new DeviceRef(WalkNode.PRODUCT, "d1");
  private static final int GENERATION = 3;

  @TempDir private Path folder;
  private final WalkRegistry registry = new WalkRegistry(InstantSource.system(), WalkFault.NOTHING);
  private Vault vault;
  private WalkNode node;

  @BeforeEach
  void open() {
    Path file = folder.resolve("vault.json");
    vault = Vault.open(new VaultConfig(file, Optional.empty(), true), CURVE).vault();
    node = new WalkNode(vault, CURVE, vault.newSource(), registry, System::nanoTime, new Random());
    Product p = registry.product(WalkNode.PRODUCT).orElseThrow();
    registry.put(
        new Product(p.id(), p.name(), p.policy(), GENERATION, true, p.keys(), p.connectionId(), 2));
  }

  private KeyRef key(int salt) {
    GrantToken token =
        new GrantToken(
            vault.grantingAllocationId(),
            GrantToken.Kind.ROTATE,
            0,
            GENERATION - 1,
            0,
            0,
            new byte[] {(byte) salt, 0, 0, 0, 0, 0, 0});
    return new KeyRef(DEVICE, 5, token.encode());
  }

  private Answer rotate(KeyRef name) throws HandshakeFailedException {
    int allocation = vault.grantingAllocationId();
    try (FrameKey key =
        new FrameKey(
            vault.allocation(allocation, WalkNode.PRODUCT).orElseThrow().deviceKey(name))) {
      DeviceHandshake handshake =
          DeviceHandshake.rotate(
              name,
              key,
              vault.gatewayKeys().get(0),
              CURVE.generate(),
              new OpeningPayload(Optional.empty(), OptionalLong.empty()));
      return WalkRules.answer(node.answer(handshake.request()));
    }
  }

  private void recoveredIn(int generation) {
    DeviceRow row =
        new DeviceRow(RowStatus.ACTIVE, 5, Optional.of(key(1).token()), 0, 0, generation, false);
    registry.put(DEVICE, new OperatorAction.State(row, Optional.empty(), Wanted.NOTHING));
  }

  @Test
  void keyBesideTheRows_isNoBaseAfterAnEarlierRecovery() throws HandshakeFailedException {
    recoveredIn(GENERATION - 1);
    assertThat(rotate(key(2)))
        .isInstanceOfSatisfying(
            Answer.Refused.class, no -> assertThat(no.code()).isEqualTo(Refusal.SUPERSEDED));
    assertThat(rotate(key(1))).as("the row's own").isInstanceOf(Answer.Grant.class);
  }

  @Test
  void keyBesideTheRows_isABaseInTheSameRecovery() throws HandshakeFailedException {
    recoveredIn(GENERATION);
    assertThat(rotate(key(2))).isInstanceOf(Answer.Grant.class);
  }
}
