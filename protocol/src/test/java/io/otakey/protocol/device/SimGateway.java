package io.otakey.protocol.device;

import io.otakey.protocol.crypto.Secret;
import io.otakey.protocol.crypto.X25519;
import io.otakey.protocol.handshake.DeviceHandshake.GatewayKey;
import io.otakey.protocol.handshake.GatewayHandshake;
import io.otakey.protocol.handshake.GrantPayload;
import io.otakey.protocol.handshake.GrantPayload.Offer;
import io.otakey.protocol.handshake.HandshakeFailedException;
import io.otakey.protocol.key.DecisionTable;
import io.otakey.protocol.key.DecisionTable.Asked;
import io.otakey.protocol.key.DeviceRow;
import io.otakey.protocol.key.Fact;
import io.otakey.protocol.key.FrameKey;
import io.otakey.protocol.key.GrantToken;
import io.otakey.protocol.key.ProductAllocation;
import io.otakey.protocol.key.RowStatus;
import io.otakey.protocol.key.Verdict;
import io.otakey.protocol.wire.AbandonRequest;
import io.otakey.protocol.wire.Answer;
import io.otakey.protocol.wire.Answer.AckStatus;
import io.otakey.protocol.wire.Answer.Action;
import io.otakey.protocol.wire.ConfirmRequest;
import io.otakey.protocol.wire.Connection;
import io.otakey.protocol.wire.DeviceRef;
import io.otakey.protocol.wire.EnrollRequest;
import io.otakey.protocol.wire.KeyRef;
import io.otakey.protocol.wire.MalformedFrameException;
import io.otakey.protocol.wire.PollRequest;
import io.otakey.protocol.wire.Refusal;
import io.otakey.protocol.wire.Request;
import io.otakey.protocol.wire.RotateRequest;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Random;

/**
 * The gateway's rules of protocol section 6 in memory, one row a device. Between two frames it
 * remembers nothing but rows, so a crash between any two steps is a lost answer.
 */
final class SimGateway {
  static final String PRODUCT = "sim";
  static final int GENERATION = 1;

  final X25519 x25519;
  final Secret productKey = secret(1);
  final Secret staticPrivate = secret(2);
  final ProductAllocation allocation = new ProductAllocation(secret(3), PRODUCT);
  final Map<DeviceRef, DeviceRow> rows = new HashMap<>();
  final Map<DeviceRef, Boolean> barred = new HashMap<>();

  /** Every granted key, by hex, and the request that it was granted to: invariant I5. */
  final Map<String, String> granted = new HashMap<>();

  private final X25519.KeyPair staticPair;
  private final FrameKey productFrameKey;
  private final Random random;
  private final Seeded seeded;
  private Watcher watcher = (key, asked, verdict) -> {};
  private Action action = Action.NONE;
  private Moves moves = Moves.BY_CHANCE;

  /** Sees every decision, before what it writes. */
  interface Watcher {
    void decided(KeyRef key, Asked asked, Verdict verdict);
  }

  /** Whether a ROTATE is granted another connection, with a login to verify. */
  enum Moves {
    NEVER,
    ALWAYS,
    /** A connection that this firmware cannot serve. */
    UNSERVED,
    BY_CHANCE
  }

  SimGateway(X25519 x25519, Random random, Seeded seeded) {
    this.x25519 = x25519;
    this.random = random;
    this.seeded = seeded;
    this.staticPair = x25519.of(staticPrivate);
    this.productFrameKey = new FrameKey(productKey.copy());
  }

  void watch(Watcher decisions) {
    watcher = decisions;
  }

  /** What a served POLL is told from now on. */
  void notice(Action next) {
    action = next;
  }

  void move(Moves next) {
    moves = next;
  }

  GatewayKey gatewayKey() {
    return new GatewayKey(1, staticPair.publicKey());
  }

  DeviceRow row(DeviceRef ref) {
    return rows.getOrDefault(ref, DeviceRow.NONE);
  }

  boolean isBarred(DeviceRef ref) {
    return barred.getOrDefault(ref, false);
  }

  FrameKey keyOf(KeyRef key) {
    return new FrameKey(allocation.deviceKey(key));
  }

  /** The answer to a frame; every well-formed frame gets one. */
  byte[] answer(byte[] frame) {
    try {
      Request request = Request.decode(frame);
      if (request instanceof EnrollRequest enroll) {
        return enroll(enroll);
      }
      Request.Keyed keyed = (Request.Keyed) request;
      try (FrameKey key = keyOf(keyed.key())) {
        boolean ours = GrantToken.decode(keyed.key().token()).isPresent();
        return ours && key.authenticates(request)
            ? keyed(keyed, key)
            : error(Refusal.NOT_RECOGNISED);
      }
    } catch (MalformedFrameException e) {
      return error(Refusal.MALFORMED);
    } catch (HandshakeFailedException e) {
      return error(Refusal.NOT_RECOGNISED);
    }
  }

  private byte[] enroll(EnrollRequest request)
      throws MalformedFrameException, HandshakeFailedException {
    if (request.pkVersion() != 1
        || request.gatewayKeyId() != 1
        || !productFrameKey.authenticates(request)) {
      return error(Refusal.NOT_RECOGNISED);
    }
    DeviceRow row = row(request.ref());
    if (isBarred(request.ref())) {
      return error(Refusal.REFUSED);
    }
    boolean open =
        row.status() == RowStatus.NONE
            || row.status() == RowStatus.EXPECTED
            || row.reEnrollApproved();
    return open
        ? grant(request, productFrameKey, row, GrantToken.Kind.ENROLL)
        : Answer.Refused.covered(Refusal.ALREADY_ENROLLED, 0);
  }

  private byte[] keyed(Request.Keyed request, FrameKey key)
      throws MalformedFrameException, HandshakeFailedException {
    KeyRef name = request.key();
    Asked asked = asked(request);
    Verdict verdict = decide(name, asked);
    watcher.decided(name, asked, verdict);
    write(name, verdict);
    boolean served =
        switch (verdict) {
          case CURRENT, COMMIT, COMMIT_RECOVERED -> true;
          case COMMIT_EXPECTED, FENCE, SUPERSEDED, REFUSED, UNKNOWN -> false;
        };
    if (!served) {
      return key.answer(
          Answer.Refused.covered(refusal(verdict), random.nextInt(3)), proof(request));
    }
    if (request instanceof RotateRequest rotate) {
      return grant(rotate, key, row(name.ref()), GrantToken.Kind.ROTATE);
    }
    if (request instanceof AbandonRequest abandon) {
      return abandon(abandon, key);
    }
    byte[] covered =
        request instanceof PollRequest
            ? Answer.Notice.covered(name.epoch(), action, 3600)
            : Answer.Ack.covered(
                name.epoch(),
                verdict == Verdict.CURRENT ? AckStatus.WAS_COMMITTED : AckStatus.COMMITTED,
                3600);
    return key.answer(covered, proof(request));
  }

  /** The decision table, without writing anything. */
  Verdict decide(KeyRef name, Asked asked) {
    DeviceRow row = row(name.ref());
    if (isBarred(name.ref())) {
      return seeded == Seeded.BARRED_SAYS_SUPERSEDED ? Verdict.SUPERSEDED : Verdict.REFUSED;
    }
    Verdict verdict =
        DecisionTable.decide(
                new Fact.Case(
                    row,
                    name.epoch(),
                    GrantToken.decode(name.token()).orElseThrow(),
                    GENERATION,
                    false,
                    row.reEnrollApproved(),
                    true))
            .verdict(asked);
    boolean gone = verdict == Verdict.SUPERSEDED && row.status() == RowStatus.ACTIVE;
    if (seeded == Seeded.SUPERSEDED_IS_SERVED && gone) {
      return Verdict.CURRENT;
    }
    if (seeded == Seeded.BEHIND_SAYS_SUPERSEDED && verdict == Verdict.UNKNOWN) {
      return Verdict.SUPERSEDED;
    }
    boolean own = row.token().equals(Optional.of(name.token())) && row.epoch() == name.epoch();
    if (own && row.status() == RowStatus.EXPECTED) {
      boolean disowns =
          (asked == Asked.CONFIRM && seeded == Seeded.EXPECTED_DISOWNS_ITS_KEY)
              || (asked == Asked.ABANDON && seeded == Seeded.RESET_KEEPS_ATTEMPT);
      return disowns ? Verdict.SUPERSEDED : verdict;
    }
    return verdict;
  }

  private void write(KeyRef name, Verdict verdict) {
    DeviceRow row = row(name.ref());
    GrantToken token = GrantToken.decode(name.token()).orElseThrow();
    if (verdict.commits()) {
      RowStatus status = verdict == Verdict.COMMIT_EXPECTED ? RowStatus.EXPECTED : RowStatus.ACTIVE;
      int attempt = Math.max(row.attempt(), token.attempt());
      rows.put(
          name.ref(),
          new DeviceRow(status, name.epoch(), Optional.of(name.token()), attempt, 0, 0, false));
    } else if (verdict == Verdict.FENCE) {
      rows.put(name.ref(), withAttempt(row, token.attempt() + 1));
    }
  }

  private byte[] abandon(AbandonRequest request, FrameKey key) {
    DeviceRef ref = request.ref();
    DeviceRow row = row(ref);
    int abandoned = GrantToken.decode(request.abandoned()).orElseThrow().attempt();
    int raised = DecisionTable.attemptAfterAbandon(row.attempt(), abandoned);
    if (raised < 0) {
      return key.answer(Answer.Refused.covered(Refusal.REFUSED, 0), proof(request));
    }
    if (seeded != Seeded.ABANDON_KEEPS_ATTEMPT) {
      boolean again = seeded == Seeded.ABANDON_RAISES_AGAIN;
      rows.put(ref, withAttempt(row, again ? row.attempt() + 1 : raised));
    }
    return key.answer(
        Answer.Ack.covered(request.key().epoch(), AckStatus.ABANDONED, 60), proof(request));
  }

  private byte[] grant(
      Request.Opening request, FrameKey opener, DeviceRow row, GrantToken.Kind kind)
      throws MalformedFrameException, HandshakeFailedException {
    byte[] frame = request.frame();
    byte[] salted = seeded == Seeded.SALT_IGNORES_REQUEST ? new byte[1] : frame;
    GrantToken token =
        new GrantToken(
            1,
            kind,
            kind == GrantToken.Kind.ENROLL ? 1 : 0,
            GENERATION,
            row.attempt(),
            0,
            allocation.salt(salted));
    KeyRef name = new KeyRef(request.ref(), row.epoch() + 1, token.encode());
    Secret deviceKey = allocation.deviceKey(name);
    noteUnique(deviceKey, frame);
    boolean moving = kind == GrantToken.Kind.ROTATE && moves(frame);
    GrantPayload payload =
        new GrantPayload(
            name.epoch(),
            deviceKey,
            name.token(),
            moving ? new Offer.Given(platform(frame)) : new Offer.Unchanged(),
            moving ? GrantPayload.VERIFY_LOGIN : 0,
            OptionalLong.empty());
    return GatewayHandshake.open(request, staticPair, opener.psk())
        .grant(payload, x25519.generate())
        .frame();
  }

  private void noteUnique(Secret deviceKey, byte[] frame) {
    String holder = HexFormat.of().formatHex(frame);
    String before = granted.put(HexFormat.of().formatHex(deviceKey.expose()), holder);
    if (before != null && !before.equals(holder)) {
      throw new AssertionError("I5: one key was granted to two requests");
    }
  }

  private boolean moves(byte[] frame) {
    return switch (moves) {
      case NEVER -> false;
      case ALWAYS, UNSERVED -> true;
      case BY_CHANCE -> (frame[frame.length - 1] & 1) == 0;
    };
  }

  private Connection platform(byte[] frame) {
    boolean unserved =
        switch (moves) {
          case NEVER, ALWAYS -> false;
          case UNSERVED -> true;
          case BY_CHANCE -> (frame[frame.length - 2] & 7) == 0;
        };
    String scheme = unserved ? "carrier" : "mqtt";
    return new Connection(
        "cloud",
        scheme,
        "cloud" + (frame[frame.length - 3] & 3) + ".example",
        1883,
        Optional.empty(),
        Optional.of("sim"),
        Optional.empty(),
        Optional.empty());
  }

  private static Asked asked(Request.Keyed request) {
    if (request instanceof ConfirmRequest) {
      return Asked.CONFIRM;
    }
    return request instanceof AbandonRequest ? Asked.ABANDON : Asked.POLL_OR_ROTATE;
  }

  private static byte[] proof(Request request) {
    return request.proof();
  }

  private static Refusal refusal(Verdict verdict) {
    return switch (verdict) {
      case REFUSED -> Refusal.REFUSED;
      case UNKNOWN -> Refusal.UNKNOWN_DEVICE;
      case SUPERSEDED, FENCE, COMMIT_EXPECTED -> Refusal.SUPERSEDED;
      case CURRENT, COMMIT, COMMIT_RECOVERED -> throw new IllegalArgumentException("is served");
    };
  }

  static DeviceRow withAttempt(DeviceRow row, int attempt) {
    return new DeviceRow(
        row.status(),
        row.epoch(),
        row.token(),
        attempt,
        row.connectionId(),
        row.recoveredIn(),
        row.reEnrollApproved());
  }

  private static byte[] error(Refusal refusal) {
    return Answer.Refused.covered(refusal, 0);
  }

  private static Secret secret(int filler) {
    byte[] bytes = new byte[32];
    java.util.Arrays.fill(bytes, (byte) filler);
    return Secret.adopt(bytes);
  }
}
