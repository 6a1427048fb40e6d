package io.otakey.gateway.exchange;

import io.otakey.gateway.exchange.RuledDevice.Move;
import io.otakey.protocol.crypto.Secret;
import io.otakey.protocol.crypto.X25519;
import io.otakey.protocol.handshake.DeviceHandshake.GatewayKey;
import io.otakey.protocol.handshake.GatewayHandshake;
import io.otakey.protocol.handshake.GrantPayload;
import io.otakey.protocol.handshake.HandshakeFailedException;
import io.otakey.protocol.key.FrameKey;
import io.otakey.protocol.key.GrantToken;
import io.otakey.protocol.wire.AbandonRequest;
import io.otakey.protocol.wire.Answer;
import io.otakey.protocol.wire.Connection;
import io.otakey.protocol.wire.MalformedFrameException;
import io.otakey.protocol.wire.Refusal;
import io.otakey.protocol.wire.Request;
import io.otakey.protocol.wire.RequestType;
import io.otakey.protocol.wire.RotateRequest;
import io.otakey.protocol.wire.Token;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * Drives one device by words: what it asks is named (ENROLL, ROTATE 1, CONFIRM 2, ABANDON 2 UNDER
 * 1, POLL 1, LOGIN; keys are counted in the order of their grants), and answered by a word:
 *
 * <pre>
 * grant, verify (a grant to verify a login), ack, served, rotate   what the request hopes for
 * 2 4 6 7 8      ERROR with a valid mac (to ENROLL: without)
 * forged         ERROR 7 with a wrong mac
 * silence        nothing, until it asks again
 * day            nothing for a day and ten tries, or until it asks something else
 * works, fails   how five logins end at the latest
 * reboot         the power goes off and on
 * </pre>
 */
final class RuleBook {
  private static final long DAY = 86_400_000;
  private static final int TRIES = 11;
  private static final int PATIENCE = 2_000;

  private final RuledDevice device;
  private final FrameKey productKey;
  private final X25519.KeyPair gateway;
  private final X25519 curve;
  private final Map<Token, Integer> numbers = new HashMap<>();
  private final Map<Token, byte[]> keys = new HashMap<>();
  private long now = 1_000;
  private byte[] open = {};
  private String asked = "";

  RuleBook(RuledDevice device, FrameKey productKey, X25519.KeyPair gateway, X25519 curve) {
    this.device = device;
    this.productKey = productKey;
    this.gateway = gateway;
    this.curve = curve;
  }

  static GatewayKey gatewayKey(X25519.KeyPair gateway) {
    return new GatewayKey(1, gateway.publicKey());
  }

  /** Another device is switched on; what it asks first. */
  String begin() {
    numbers.clear();
    keys.clear();
    now = 1_000;
    return until(device.begin(now));
  }

  /** What fits what was asked last. */
  static List<String> answers(String asked) {
    int blank = asked.indexOf(' ');
    return switch (blank < 0 ? asked : asked.substring(0, blank)) {
      case "ENROLL" -> List.of("grant", "4", "silence");
      case "ROTATE" -> List.of("grant", "verify", "4", "6", "7");
      case "CONFIRM" -> List.of("ack", "4", "6", "7", "forged", "silence", "day", "reboot");
      case "POLL" -> List.of("served", "rotate", "4", "6", "7");
      case "ABANDON" -> List.of("ack", "4", "6", "7");
      case "LOGIN" -> List.of("works", "fails");
      default -> throw new IllegalArgumentException(asked);
    };
  }

  /** Answers what was asked last; what is asked next. */
  String answer(String word) {
    return switch (word) {
      case "silence" -> until(device.step(now));
      case "day" -> silentDay();
      case "reboot" -> until(device.powerOn(now));
      case "works" -> until(device.login(now, true));
      case "fails" -> failedLogins();
      default -> until(device.frame(now, frame(word)));
    };
  }

  private String failedLogins() {
    String next = asked;
    for (int i = 0; i < 5 && next.equals("LOGIN"); i++) {
      next = until(device.login(now, false));
    }
    return next;
  }

  private String silentDay() {
    String before = asked;
    long end = now + DAY + DAY / 24;
    for (int tries = 0; asked.equals(before) && (tries < TRIES || now < end); tries++) {
      until(device.step(now));
    }
    return asked;
  }

  /** Runs until the device asks something. */
  private String until(Move first) {
    Move move = first;
    for (int i = 0; i < PATIENCE; i++) {
      if (move.frame().isPresent()) {
        open = move.frame().get();
        asked = name(WalkRules.request(open));
        return asked;
      }
      if (move.login()) {
        asked = "LOGIN";
        return asked;
      }
      now = Math.max(now, move.next());
      move = device.step(now);
    }
    throw new AssertionError("the device asks nothing after " + asked);
  }

  private String name(Request request) {
    String type = request.type().name();
    if (request instanceof AbandonRequest abandon) {
      return type + " " + number(abandon.abandoned()) + " UNDER " + number(abandon.key().token());
    }
    return request instanceof Request.Keyed keyed ? type + " " + number(keyed.key().token()) : type;
  }

  private int number(Token token) {
    return numbers.getOrDefault(token, 0);
  }

  // ---- the gateway's answers

  private byte[] frame(String word) {
    Request request = WalkRules.request(open);
    if (word.equals("grant") || word.equals("verify")) {
      return grant((Request.Opening) request, word.equals("verify"));
    }
    if (word.equals("forged")) {
      byte[] covered = Answer.Refused.covered(Refusal.SUPERSEDED, 0);
      return Arrays.copyOf(covered, covered.length + 16);
    }
    if (!(request instanceof Request.Keyed keyed)) {
      return Answer.Refused.covered(code(word), 0);
    }
    byte[] covered =
        switch (word) {
          case "served" -> Answer.Notice.covered(keyed.key().epoch(), Answer.Action.NONE, 0);
          case "rotate" -> Answer.Notice.covered(keyed.key().epoch(), Answer.Action.ROTATE, 0);
          case "ack" ->
              Answer.Ack.covered(
                  keyed.key().epoch(),
                  request.type() == RequestType.ABANDON
                      ? Answer.AckStatus.ABANDONED
                      : Answer.AckStatus.COMMITTED,
                  0);
          default -> Answer.Refused.covered(code(word), 0);
        };
    try (FrameKey key = key(keyed.key().token())) {
      return key.answer(covered, request.proof());
    }
  }

  private static Refusal code(String word) {
    return switch (word) {
      case "4" -> Refusal.REFUSED;
      case "6" -> Refusal.UNKNOWN_DEVICE;
      case "7" -> Refusal.SUPERSEDED;
      case "8" -> Refusal.BUSY;
      default -> throw new IllegalArgumentException("no such answer: " + word);
    };
  }

  private FrameKey key(Token token) {
    byte[] bytes = keys.get(token);
    if (bytes == null) {
      throw new AssertionError("the device speaks under a key that it was not granted");
    }
    return new FrameKey(Secret.copyOf(bytes));
  }

  private byte[] grant(Request.Opening request, boolean verify) {
    boolean rotation = request instanceof RotateRequest;
    long epoch = rotation ? ((RotateRequest) request).key().epoch() + 1 : 1;
    int number = keys.size() + 1;
    Token token =
        new GrantToken(
                1,
                rotation ? GrantToken.Kind.ROTATE : GrantToken.Kind.ENROLL,
                rotation ? 0 : 1,
                1,
                0,
                0,
                new byte[] {0, 0, 0, 0, 0, 0, (byte) number})
            .encode();
    byte[] deviceKey = new byte[32];
    Arrays.fill(deviceKey, (byte) number);
    GrantPayload payload =
        new GrantPayload(
            epoch,
            Secret.copyOf(deviceKey),
            token,
            verify
                ? new GrantPayload.Offer.Given(platform(number))
                : new GrantPayload.Offer.Unchanged(),
            verify ? GrantPayload.VERIFY_LOGIN : 0,
            OptionalLong.empty());
    FrameKey opener = rotation ? key(((RotateRequest) request).key().token()) : productKey;
    try {
      byte[] frame =
          GatewayHandshake.open(request, gateway, opener.psk())
              .grant(payload, curve.generate())
              .frame();
      numbers.put(token, number);
      keys.put(token, deviceKey);
      return frame;
    } catch (HandshakeFailedException | MalformedFrameException e) {
      throw new AssertionError("the device's handshake does not open", e);
    }
  }

  private static Connection platform(int number) {
    return new Connection(
        "cloud",
        "mqtt",
        "cloud" + number + ".example",
        1883,
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        Optional.empty());
  }
}
