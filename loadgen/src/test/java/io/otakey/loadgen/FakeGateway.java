package io.otakey.loadgen;

import io.otakey.protocol.crypto.Secret;
import io.otakey.protocol.crypto.X25519;
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
import io.otakey.protocol.key.GrantToken.Kind;
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
import io.otakey.protocol.wire.LoginName;
import io.otakey.protocol.wire.MalformedFrameException;
import io.otakey.protocol.wire.Refusal;
import io.otakey.protocol.wire.Request;
import io.otakey.protocol.wire.RotateRequest;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;

/** The gateway's rules for one open product in memory, enough for a load generator to talk to. */
public final class FakeGateway {
  private static final String PRODUCT = "demo";

  private final X25519 x25519 = X25519.choose().x25519();
  private final X25519.KeyPair pair = x25519.generate();
  private final FrameKey productKey = FrameKey.shareable(Secret.adopt(filled(0x11)));
  private final ProductAllocation allocation =
      new ProductAllocation(Secret.adopt(filled(0x22)), PRODUCT);
  private final Map<DeviceRef, DeviceRow> rows = new HashMap<>();
  private final Map<DeviceRef, Long> wantedEpochs = new HashMap<>();
  private final List<Connection> connections = new ArrayList<>();
  private int granted;
  private int busy;
  private boolean deaf;
  private final Set<DeviceRef> stalled = new HashSet<>();
  private boolean losingAcks;
  private boolean ignoringConfirms;
  private String forgotten = "";

  /** The bundle that belongs to it. */
  public String bundle() {
    return """
        {"format":"otakey-bundle/1","productId":"demo","productKeyVersion":1,
         "productKey":"%s","gatewayKeys":[{"id":1,"publicKey":"%s"}],
         "gatewayAddresses":["127.0.0.1"]}
        """
        .formatted("11".repeat(32), HexFormat.of().formatHex(pair.publicKey()));
  }

  /** The next so many ENROLLs are answered with ERROR 8. */
  public synchronized void beBusy(int times) {
    busy = times;
  }

  /** POLLs of this device are answered with ERROR 7. */
  synchronized void forget(String deviceId) {
    forgotten = deviceId;
  }

  /** ROTATEs get an ERROR that proves nothing, until a device tries ENROLL instead. */
  synchronized void beDeafToRotations() {
    deaf = true;
  }

  /** The next id is this connection's; the first one is granted at enrollment. */
  synchronized int connect(String platform, String host, int port) {
    connections.add(
        new Connection(
            platform,
            "mqtt",
            host,
            port,
            Optional.empty(),
            Optional.empty(),
            Optional.empty(),
            Optional.empty()));
    granted = 1;
    return connections.size();
  }

  /** What connection devices get from now on; 0: none. */
  synchronized void grantAtEnrollment(int connection) {
    granted = connection;
  }

  /** Knows no device any more, as a new product. */
  synchronized void reset() {
    rows.clear();
    wantedEpochs.clear();
    granted = 1;
  }

  /** Every device is to rotate once, and to end up on this connection, or where it is if 0. */
  synchronized void rotateAll(int connection) {
    granted = connection;
    wantedEpochs.clear();
    rows.forEach((ref, row) -> wantedEpochs.put(ref, row.epoch() + 1));
  }

  /** A NOTICE for each device to rotate, as it would be pushed. */
  synchronized List<byte[]> notices() {
    List<byte[]> notices = new ArrayList<>();
    rows.forEach(
        (ref, row) -> {
          KeyRef name = new KeyRef(ref, row.epoch(), row.token().orElseThrow());
          try (FrameKey key = new FrameKey(allocation.deviceKey(name))) {
            notices.add(key.push(Answer.Notice.covered(row.epoch(), Action.ROTATE, 0)));
          }
        });
    return notices;
  }

  /** From now on, or no more: commits are made, but what answers a CONFIRM proves nothing. */
  public synchronized void loseAcks(boolean lose) {
    losingAcks = lose;
    stalled.clear();
  }

  /** From now on, or no more: a CONFIRM commits nothing, and its answer proves nothing. */
  public synchronized void ignoreConfirms(boolean ignore) {
    ignoringConfirms = ignore;
    stalled.clear();
  }

  /** How many devices sent a CONFIRM that came to nothing. */
  public synchronized int stalled() {
    return stalled.size();
  }

  /** What was granted and not confirmed yet never will be: its CONFIRM is answered 7. */
  public synchronized void giveUpGrants() {
    rows.replaceAll((ref, row) -> withAttempt(row, row.attempt() + 1));
  }

  /** The device's row is of another key from now on, as if somebody else had got one. */
  public synchronized void setToAnotherKey(String deviceId) {
    rows.replaceAll((ref, row) -> ref.deviceId().equals(deviceId) ? ofAnotherKey(row) : row);
  }

  /** Nobody has a row any more. */
  public synchronized void forgetAll() {
    rows.clear();
  }

  private static DeviceRow ofAnotherKey(DeviceRow row) {
    GrantToken other =
        new GrantToken(1, Kind.ROTATE, 0, 1, row.attempt(), 0, new byte[GrantToken.SALT_LENGTH]);
    return new DeviceRow(
        row.status(),
        row.epoch() + 1,
        Optional.of(other.encode()),
        row.attempt(),
        row.connectionId(),
        0,
        false);
  }

  /** What a platform asks that has the hook. */
  synchronized boolean allows(String platform, String loginName, String password) {
    Optional<LoginName> name = LoginName.parse(loginName);
    Optional<GrantToken> token = name.flatMap(n -> GrantToken.decode(n.token()));
    if (token.isEmpty()) {
      return false;
    }
    DeviceRef ref = name.get().ref();
    DeviceRow row = rows.getOrDefault(ref, DeviceRow.NONE);
    boolean current = row.token().equals(Optional.of(name.get().token()));
    long epoch = current ? row.epoch() : row.epoch() + 1;
    Verdict verdict = verdict(row, epoch, token.get(), Asked.CONFIRM);
    if (verdict != Verdict.CURRENT && !verdict.commits()) {
      return false;
    }
    int connection = current ? row.connectionId() : connection(row, token.get());
    KeyRef key = new KeyRef(ref, epoch, name.get().token());
    try (FrameKey deviceKey = new FrameKey(allocation.deviceKey(key))) {
      return connection > 0
          && connections.get(connection - 1).platformId().equals(platform)
          && deviceKey.platformSecret(platform).equals(password);
    }
  }

  public synchronized long active() {
    return rows.values().stream().filter(row -> row.status() == RowStatus.ACTIVE).count();
  }

  public synchronized long lowestEpoch() {
    return rows.values().stream().mapToLong(DeviceRow::epoch).min().orElse(0);
  }

  synchronized byte[] answer(byte[] frame) {
    try {
      Request request = Request.decode(frame);
      if (request instanceof EnrollRequest enroll) {
        return enroll(enroll);
      }
      Request.Keyed keyed = (Request.Keyed) request;
      try (FrameKey key = new FrameKey(allocation.deviceKey(keyed.key()))) {
        return key.authenticates(request) ? keyed(keyed, key) : error(Refusal.NOT_RECOGNISED);
      }
    } catch (MalformedFrameException e) {
      return error(Refusal.MALFORMED);
    } catch (HandshakeFailedException e) {
      return error(Refusal.NOT_RECOGNISED);
    }
  }

  private byte[] enroll(EnrollRequest request)
      throws MalformedFrameException, HandshakeFailedException {
    if (!productKey.authenticates(request)) {
      return error(Refusal.NOT_RECOGNISED);
    }
    if (busy > 0) {
      busy--;
      return error(Refusal.BUSY);
    }
    DeviceRow row = rows.getOrDefault(request.ref(), DeviceRow.NONE);
    deaf &= row.status() == RowStatus.NONE;
    return row.status() == RowStatus.NONE
        ? grant(request, productKey, row, Kind.ENROLL)
        : error(Refusal.ALREADY_ENROLLED);
  }

  private byte[] keyed(Request.Keyed request, FrameKey key)
      throws MalformedFrameException, HandshakeFailedException {
    KeyRef name = request.key();
    GrantToken token = GrantToken.decode(name.token()).orElseThrow();
    DeviceRow row = rows.getOrDefault(name.ref(), DeviceRow.NONE);
    boolean confirm = request instanceof ConfirmRequest;
    if (confirm && ignoringConfirms) {
      stalled.add(name.ref());
      return error(Refusal.BUSY);
    }
    Verdict verdict =
        verdict(row, name.epoch(), token, confirm ? Asked.CONFIRM : Asked.POLL_OR_ROTATE);
    if (!confirm && name.ref().deviceId().equals(forgotten)) {
      verdict = Verdict.SUPERSEDED;
    }
    if (verdict.commits()) {
      row = committed(row, name, token);
      rows.put(name.ref(), row);
    } else if (verdict != Verdict.CURRENT) {
      return key.answer(Answer.Refused.covered(Refusal.SUPERSEDED, 0), request.proof());
    }
    if (request instanceof RotateRequest rotate) {
      if (deaf) {
        return error(Refusal.BUSY);
      }
      return grant(rotate, key, row, Kind.ROTATE);
    }
    if (request instanceof AbandonRequest abandon) {
      int attempt = GrantToken.decode(abandon.abandoned()).orElseThrow().attempt() + 1;
      rows.put(name.ref(), withAttempt(row, Math.max(row.attempt(), attempt)));
      return key.answer(Answer.Ack.covered(name.epoch(), AckStatus.ABANDONED, 0), request.proof());
    }
    if (confirm && losingAcks) {
      stalled.add(name.ref());
      return error(Refusal.BUSY);
    }
    AckStatus status = verdict.commits() ? AckStatus.COMMITTED : AckStatus.WAS_COMMITTED;
    byte[] covered =
        confirm
            ? Answer.Ack.covered(name.epoch(), status, 0)
            : Answer.Notice.covered(name.epoch(), wanted(name.ref(), row), 0);
    return key.answer(covered, request.proof());
  }

  private Action wanted(DeviceRef ref, DeviceRow row) {
    if (wantedEpochs.getOrDefault(ref, 0L) <= row.epoch()) {
      return Action.NONE;
    }
    return granted == 0 || granted == row.connectionId() ? Action.ROTATE : Action.ROTATE_AND_MOVE;
  }

  private static Verdict verdict(DeviceRow row, long epoch, GrantToken token, Asked asked) {
    return DecisionTable.decide(new Fact.Case(row, epoch, token, 1, false, false, true))
        .verdict(asked);
  }

  private static int connection(DeviceRow row, GrantToken token) {
    return token.connectionId() == 0 ? row.connectionId() : token.connectionId();
  }

  private static DeviceRow committed(DeviceRow row, KeyRef name, GrantToken token) {
    return new DeviceRow(
        RowStatus.ACTIVE,
        name.epoch(),
        Optional.of(name.token()),
        Math.max(row.attempt(), token.attempt()),
        connection(row, token),
        0,
        false);
  }

  private static DeviceRow withAttempt(DeviceRow row, int attempt) {
    return new DeviceRow(
        row.status(), row.epoch(), row.token(), attempt, row.connectionId(), 0, false);
  }

  private Offer offer(DeviceRef ref, int connection) {
    if (connection == 0) {
      return new Offer.Unchanged();
    }
    Connection stored = connections.get(connection - 1);
    return new Offer.Given(
        new Connection(
            stored.platformId(),
            stored.scheme(),
            stored.host(),
            stored.port(),
            stored.clientId(),
            Optional.of(Connection.defaultUserName(ref)),
            stored.topicPrefix(),
            stored.certificateHash()));
  }

  private byte[] grant(Request.Opening request, FrameKey opener, DeviceRow row, Kind kind)
      throws MalformedFrameException, HandshakeFailedException {
    byte[] salt = allocation.salt(request.frame());
    int pkVersion = kind == Kind.ENROLL ? 1 : 0;
    int offered = granted == row.connectionId() ? 0 : granted;
    GrantToken token = new GrantToken(1, kind, pkVersion, 1, row.attempt(), offered, salt);
    boolean verify = kind == Kind.ROTATE && (offered > 0 || row.connectionId() > 0);
    KeyRef name = new KeyRef(request.ref(), row.epoch() + 1, token.encode());
    GrantPayload payload =
        new GrantPayload(
            name.epoch(),
            allocation.deviceKey(name),
            name.token(),
            offer(request.ref(), offered),
            verify ? GrantPayload.VERIFY_LOGIN : 0,
            OptionalLong.empty());
    return GatewayHandshake.open(request, pair, opener.psk())
        .grant(payload, x25519.generate())
        .frame();
  }

  private static byte[] error(Refusal code) {
    return Answer.Refused.covered(code, 0);
  }

  private static byte[] filled(int filler) {
    byte[] bytes = new byte[32];
    java.util.Arrays.fill(bytes, (byte) filler);
    return bytes;
  }
}
