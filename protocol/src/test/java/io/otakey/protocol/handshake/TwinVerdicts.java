package io.otakey.protocol.handshake;

import io.otakey.protocol.key.FrameKey;
import io.otakey.protocol.wire.Answer;
import io.otakey.protocol.wire.Connection;
import io.otakey.protocol.wire.DeviceRef;
import io.otakey.protocol.wire.MalformedFrameException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;

/** What Java says, in the words of the program in C. */
final class TwinVerdicts {
  private static final String REFUSED = "refused";

  private final Fault fault;

  /** Seeded here, to be found. */
  enum Fault {
    NOTHING,
    /** An ERROR is read to its end, whatever follows. */
    ERROR_TRAILING,
    /** A product id may begin with a hyphen. */
    NAME_HYPHEN,
    /** Flags are taken for pollAfter, and the other way round. */
    FIELDS_SWAPPED
  }

  TwinVerdicts(Fault fault) {
    this.fault = fault;
  }

  String answer(byte[] frame) {
    boolean error = frame.length > 6 && frame[0] == Answer.ERROR;
    boolean cut = fault == Fault.ERROR_TRAILING && error;
    try {
      return shown(Answer.decode(cut ? Arrays.copyOf(frame, 6) : frame));
    } catch (MalformedFrameException e) {
      return REFUSED;
    }
  }

  private static String shown(Answer answer) {
    boolean mac = answer.macLength() > 0;
    if (answer instanceof Answer.Ack ack) {
      return words(Answer.ACK, ack.status().code(), mac, ack.epoch(), ack.pollAfter());
    } else if (answer instanceof Answer.Notice notice) {
      int action = notice.action().code();
      return words(Answer.NOTICE, action, mac, notice.epoch(), notice.pollAfter());
    } else if (answer instanceof Answer.Refused refused) {
      return words(Answer.ERROR, refused.code().code(), mac, 0, refused.retryAfter());
    }
    return words(Answer.GRANT, 0, mac, 0, 0);
  }

  private static String words(int type, int code, boolean mac, long epoch, long seconds) {
    return "%d %d %d %d %d".formatted(type, code, mac ? 1 : 0, epoch, seconds);
  }

  String proves(FrameKey key, byte[] frame, byte[] proof) {
    try {
      return key.authenticates(Answer.decode(frame), proof) ? "1" : "0";
    } catch (MalformedFrameException e) {
      return "0";
    }
  }

  String product(byte[] bytes) {
    String text = new String(bytes, StandardCharsets.ISO_8859_1);
    boolean hyphen = fault == Fault.NAME_HYPHEN && text.startsWith("-");
    return DeviceRef.isProductId(hyphen ? "a" + text.substring(1) : text) ? "1" : "0";
  }

  String device(byte[] bytes) {
    return DeviceRef.isDeviceId(new String(bytes, StandardCharsets.ISO_8859_1)) ? "1" : "0";
  }

  String grant(DeviceHandshake handshake, byte[] frame) {
    Optional<GrantPayload> read = Optional.empty();
    try {
      if (Answer.decode(frame) instanceof Answer.Grant grant) {
        read = handshake.open(grant);
      }
    } catch (MalformedFrameException e) {
      return REFUSED;
    }
    return read.map(this::shown).orElse(REFUSED);
  }

  private String shown(GrantPayload grant) {
    long pollAfter = grant.pollAfter().orElse(0);
    boolean swapped = fault == Fault.FIELDS_SWAPPED;
    return "%d %s %s %d %d %s"
        .formatted(
            grant.epoch(),
            Twin.hex(grant.deviceKey().expose()),
            grant.token().hex(),
            swapped ? pollAfter : grant.flags(),
            swapped ? grant.flags() : pollAfter,
            shown(grant.connection()));
  }

  private static String shown(GrantPayload.Offer offer) {
    if (offer instanceof GrantPayload.Offer.Given given) {
      Connection of = given.connection();
      List<byte[]> fields =
          List.of(
              utf8(of.platformId()),
              utf8(of.scheme()),
              utf8(of.host()),
              utf8(of.clientId().orElse("")),
              utf8(of.userName().orElse("")),
              utf8(of.topicPrefix().orElse("")),
              of.certificateHash().orElse(new byte[0]));
      return of.port() + fields.stream().map(Twin::hex).collect(Collectors.joining(",", ",", ""));
    }
    return offer instanceof GrantPayload.Offer.Unchanged ? "unchanged" : "unfit";
  }

  private static byte[] utf8(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }
}
