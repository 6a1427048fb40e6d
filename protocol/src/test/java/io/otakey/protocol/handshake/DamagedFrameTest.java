package io.otakey.protocol.handshake;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.otakey.protocol.crypto.Secret;
import io.otakey.protocol.crypto.X25519;
import io.otakey.protocol.handshake.DeviceHandshake.GatewayKey;
import io.otakey.protocol.key.FrameKey;
import io.otakey.protocol.key.ProductAllocation;
import io.otakey.protocol.wire.Answer;
import io.otakey.protocol.wire.DeviceRef;
import io.otakey.protocol.wire.EnrollRequest;
import io.otakey.protocol.wire.KeyRef;
import io.otakey.protocol.wire.MalformedFrameException;
import io.otakey.protocol.wire.Request;
import io.otakey.protocol.wire.Token;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.function.Predicate;
import org.junit.jupiter.api.Test;

/** Every frame of the vectors with one bit flipped, cut short, or with something behind it. */
class DamagedFrameTest {
  private static final HexFormat HEX = HexFormat.of();
  private static final X25519 CURVE = X25519.choose().x25519();

  @Test
  void everyDamagedRequest_isRefused() throws Exception {
    int frames = 0;
    for (JsonNode vector : cases()) {
      FrameKey productKey = new FrameKey(secret(vector, "productKey"));
      ProductAllocation allocation =
          new ProductAllocation(secret(vector, "allocationSecret"), text(vector, "productId"));
      Predicate<byte[]> accepted = frame -> isAuthentic(frame, productKey, allocation);
      for (JsonNode step : vector.get("steps")) {
        for (String field : List.of("request", "confirm", "poll", "abandonInstead")) {
          if (step.has(field)) {
            refusedWhenDamaged(hex(step, field), accepted);
            frames++;
          }
        }
      }
    }
    assertThat(frames).isGreaterThanOrEqualTo(12);
  }

  @Test
  void everyDamagedAnswer_isRefused() throws Exception {
    int frames = 0;
    for (JsonNode vector : cases()) {
      for (JsonNode step : vector.get("steps")) {
        FrameKey key = new FrameKey(secret(step, "deviceKey"));
        byte[] confirmProof = Request.decode(hex(step, "confirm")).proof();
        byte[] pollProof = Request.decode(hex(step, "poll")).proof();
        refusedWhenDamaged(hex(step, "ack"), proven(key, confirmProof));
        refusedWhenDamaged(hex(step, "notice"), proven(key, pollProof));
        refusedWhenDamaged(
            hex(step, "pushedNotice"), frame -> decoded(frame, key::authenticatesPush));
        for (JsonNode error : step.get("errorsToPoll")) {
          refusedWhenDamaged(HEX.parseHex(error.asText()), proven(key, pollProof));
          frames++;
        }
        frames += 3;
      }
    }
    assertThat(frames).isGreaterThanOrEqualTo(12);
  }

  @Test
  void everyDamagedGrant_leavesTheHandshakeOpen() throws Exception {
    int grants = 0;
    for (JsonNode vector : cases()) {
      KeyRef current = null;
      FrameKey currentKey = new FrameKey(secret(vector, "productKey"));
      DeviceRef ref = new DeviceRef(text(vector, "productId"), text(vector, "deviceId"));
      GatewayKey gateway =
          new GatewayKey(vector.get("gatewayKeyId").asInt(), hex(vector, "gatewayPublic"));
      for (JsonNode step : vector.get("steps")) {
        X25519.KeyPair ephemeral = CURVE.of(secret(step, "deviceEphemeralPrivate"));
        OpeningPayload opening = OpeningPayload.decode(hex(step, "requestPayload"));
        DeviceHandshake handshake =
            current == null
                ? DeviceHandshake.enroll(
                    ref,
                    vector.get("productKeyVersion").asInt(),
                    currentKey,
                    gateway,
                    ephemeral,
                    opening)
                : DeviceHandshake.rotate(current, currentKey, gateway, ephemeral, opening);
        refusedWhenDamaged(
            hex(step, "grant"),
            frame ->
                decoded(frame, a -> a instanceof Answer.Grant g && handshake.open(g).isPresent()));
        current = new KeyRef(ref, step.get("epoch").asLong(), Token.ofHex(text(step, "token")));
        currentKey = new FrameKey(secret(step, "deviceKey"));
        grants++;
      }
    }
    assertThat(grants).isGreaterThanOrEqualTo(4);
  }

  private static void refusedWhenDamaged(byte[] frame, Predicate<byte[]> accepted) {
    assertThat(accepted.test(frame)).as("undamaged").isTrue();
    for (int bit = 0; bit < frame.length * 8; bit++) {
      byte[] flipped = frame.clone();
      flipped[bit / 8] ^= (byte) (1 << (bit % 8));
      assertThat(accepted.test(flipped)).as("bit %s flipped", bit).isFalse();
    }
    for (int length = 0; length < frame.length; length++) {
      assertThat(accepted.test(Arrays.copyOf(frame, length))).as("cut to %s", length).isFalse();
    }
    for (int more : new int[] {1, 2, 7, 8, 16, 33}) {
      byte[] longer = Arrays.copyOf(frame, frame.length + more);
      assertThat(accepted.test(longer)).as("%s zeros behind it", more).isFalse();
      Arrays.fill(longer, frame.length, longer.length, (byte) 0xa5);
      assertThat(accepted.test(longer)).as("%s bytes behind it", more).isFalse();
    }
  }

  /** As a gateway would: under the key that the frame itself names. */
  private static boolean isAuthentic(
      byte[] frame, FrameKey productKey, ProductAllocation allocation) {
    try {
      Request request = Request.decode(frame);
      if (request instanceof EnrollRequest) {
        return productKey.authenticates(request);
      }
      KeyRef name = ((Request.Keyed) request).key();
      return new FrameKey(allocation.deviceKey(name)).authenticates(request);
    } catch (MalformedFrameException e) {
      return false;
    }
  }

  private static Predicate<byte[]> proven(FrameKey key, byte[] proof) {
    return frame -> decoded(frame, answer -> key.authenticates(answer, proof));
  }

  private static boolean decoded(byte[] frame, Predicate<Answer> accepted) {
    try {
      return accepted.test(Answer.decode(frame));
    } catch (MalformedFrameException e) {
      return false;
    }
  }

  private static JsonNode cases() throws Exception {
    Path file = Path.of(System.getProperty("otakey.root"), "vectors", "otakey1.json");
    return new ObjectMapper().readTree(file.toFile()).get("cases");
  }

  private static String text(JsonNode node, String field) {
    return node.get(field).asText();
  }

  private static byte[] hex(JsonNode node, String field) {
    return HEX.parseHex(text(node, field));
  }

  private static Secret secret(JsonNode node, String field) {
    return Secret.adopt(hex(node, field));
  }
}
