package io.otakey.protocol.wire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.otakey.protocol.wire.AbandonRequest.Reason;
import io.otakey.protocol.wire.Answer.AckStatus;
import io.otakey.protocol.wire.Answer.Action;
import io.otakey.protocol.wire.ConfirmRequest.Outcome;
import java.util.Arrays;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.LongRange;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;

/** Every frame type, written and read back; nothing else is read. */
class FrameTest {
  private static final long U32 = 0xffff_ffffL;

  @Provide
  Arbitrary<DeviceRef> refs() {
    Arbitrary<String> products =
        Arbitraries.strings()
            .withChars("abz019-")
            .ofMinLength(1)
            .ofMaxLength(32)
            .filter(s -> s.charAt(0) != '-');
    Arbitrary<String> devices =
        Arbitraries.strings()
            .withChars("aZ09._:-")
            .ofMinLength(1)
            .ofMaxLength(64)
            .filter(s -> Character.isLetterOrDigit(s.charAt(0)));
    return Combinators.combine(products, devices).as(DeviceRef::new);
  }

  @Provide
  Arbitrary<Token> tokens() {
    return Arbitraries.bytes().array(byte[].class).ofMinSize(1).ofMaxSize(32).map(Token::of);
  }

  @Provide
  Arbitrary<KeyRef> keys() {
    return Combinators.combine(refs(), Arbitraries.longs().between(0, U32), tokens())
        .as(KeyRef::new);
  }

  @Property(tries = 300)
  void enroll_roundTrips(
      @ForAll("refs") DeviceRef ref, @ForAll @Size(57) byte[] tail, @ForAll byte pk, @ForAll byte g)
      throws MalformedFrameException {
    byte[] frame = join(EnrollRequest.prologue(ref, pk & 0xff, g & 0xff), tail);
    EnrollRequest read = (EnrollRequest) Request.decode(frame);
    assertThat(read.type()).isEqualTo(RequestType.ENROLL);
    assertThat(read.ref()).isEqualTo(ref);
    assertThat(read.pkVersion()).isEqualTo(pk & 0xff);
    assertThat(read.gatewayKeyId()).isEqualTo(g & 0xff);
    assertThat(join(join(read.prologue(), read.noiseMessage()), read.proof())).isEqualTo(frame);
    onlyLongerThan(frame, frame.length - 1);
  }

  @Property(tries = 300)
  void rotate_roundTrips(
      @ForAll("keys") KeyRef key, @ForAll @Size(57) byte[] tail, @ForAll byte gateway)
      throws MalformedFrameException {
    byte[] frame = join(RotateRequest.prologue(key, gateway & 0xff), tail);
    RotateRequest read = (RotateRequest) Request.decode(frame);
    assertThat(read.type()).isEqualTo(RequestType.ROTATE);
    assertThat(read.key()).isEqualTo(key);
    assertThat(read.gatewayKeyId()).isEqualTo(gateway & 0xff);
    assertThat(join(join(read.prologue(), read.noiseMessage()), read.proof())).isEqualTo(frame);
    onlyLongerThan(frame, frame.length - 1);
  }

  @Property(tries = 300)
  void confirm_roundTrips(
      @ForAll("keys") KeyRef key, @ForAll Outcome outcome, @ForAll @Size(16) byte[] mac)
      throws MalformedFrameException {
    byte[] frame = join(ConfirmRequest.covered(key, outcome), mac);
    ConfirmRequest read = (ConfirmRequest) Request.decode(frame);
    assertThat(read.type()).isEqualTo(RequestType.CONFIRM);
    assertThat(read.key()).isEqualTo(key);
    assertThat(read.outcome()).isEqualTo(outcome);
    keyed(read, frame, mac);
  }

  @Property(tries = 300)
  void abandon_roundTrips(
      @ForAll("keys") KeyRef key,
      @ForAll("tokens") Token token,
      @ForAll Reason reason,
      @ForAll @Size(16) byte[] mac)
      throws MalformedFrameException {
    byte[] frame = join(AbandonRequest.covered(key, token, reason), mac);
    AbandonRequest read = (AbandonRequest) Request.decode(frame);
    assertThat(read.type()).isEqualTo(RequestType.ABANDON);
    assertThat(read.key()).isEqualTo(key);
    assertThat(read.abandoned()).isEqualTo(token);
    assertThat(read.reason()).isEqualTo(reason);
    keyed(read, frame, mac);
  }

  @Property(tries = 300)
  void poll_roundTrips(
      @ForAll("keys") KeyRef key, @ForAll @Size(8) byte[] nonce, @ForAll @Size(16) byte[] mac)
      throws MalformedFrameException {
    byte[] frame = join(PollRequest.covered(key, nonce), mac);
    PollRequest read = (PollRequest) Request.decode(frame);
    assertThat(read.type()).isEqualTo(RequestType.POLL);
    assertThat(read.key()).isEqualTo(key);
    keyed(read, frame, mac);
  }

  @Property(tries = 300)
  void ack_roundTrips(
      @ForAll @LongRange(max = U32) long epoch,
      @ForAll AckStatus status,
      @ForAll @LongRange(max = U32) long after,
      @ForAll @Size(16) byte[] mac)
      throws MalformedFrameException {
    byte[] frame = join(Answer.Ack.covered(epoch, status, after), mac);
    assertThat(Answer.decode(frame)).isEqualTo(new Answer.Ack(frame, epoch, status, after));
    answer(frame, mac);
  }

  @Property(tries = 300)
  void notice_roundTrips(
      @ForAll @LongRange(max = U32) long epoch,
      @ForAll Action action,
      @ForAll @LongRange(max = U32) long after,
      @ForAll @Size(16) byte[] mac)
      throws MalformedFrameException {
    byte[] frame = join(Answer.Notice.covered(epoch, action, after), mac);
    assertThat(Answer.decode(frame)).isEqualTo(new Answer.Notice(frame, epoch, action, after));
    answer(frame, mac);
  }

  @Property(tries = 300)
  void error_roundTrips_withAndWithoutMac(
      @ForAll Refusal code, @ForAll @LongRange(max = U32) long after, @ForAll @Size(16) byte[] mac)
      throws MalformedFrameException {
    byte[] plain = Answer.Refused.covered(code, after);
    assertThat(Answer.decode(plain)).isEqualTo(new Answer.Refused(plain, code, after, 0));
    byte[] proven = join(plain, mac);
    assertThat(Answer.decode(proven)).isEqualTo(new Answer.Refused(proven, code, after, 16));
    assertThat(Answer.decode(proven).covered()).isEqualTo(plain);
    for (int length = 0; length < proven.length + 2; length++) {
      if (length != plain.length && length != proven.length) {
        byte[] other = Arrays.copyOf(proven, length);
        assertThatThrownBy(() -> Answer.decode(other)).isInstanceOf(MalformedFrameException.class);
      }
    }
  }

  @Property(tries = 300)
  void grant_roundTrips(@ForAll @Size(min = 49, max = 600) byte[] message)
      throws MalformedFrameException {
    Answer.Grant grant = Answer.Grant.of(message);
    assertThat(Answer.decode(grant.frame())).isEqualTo(grant);
    assertThat(grant.noiseMessage()).isEqualTo(message);
  }

  @Test
  void typeBytes_thatAreNotListed_areMalformed() {
    for (int type = 0; type < 256; type++) {
      byte[] frame = new byte[100];
      frame[0] = (byte) type;
      if (type < 0x11 || type > 0x15) {
        assertThatThrownBy(() -> Request.decode(frame)).isInstanceOf(MalformedFrameException.class);
      }
      if ((type < 0x21 || type > 0x23) && type != 0x2f) {
        assertThatThrownBy(() -> Answer.decode(frame)).isInstanceOf(MalformedFrameException.class);
      }
    }
  }

  @Test
  void frames_above1024Bytes_areMalformed() throws MalformedFrameException {
    byte[] prologue = EnrollRequest.prologue(new DeviceRef("p", "d"), 1, 1);
    byte[] longest = Arrays.copyOf(prologue, 1024);
    assertThat(Request.decode(longest).frame()).hasSize(1024);
    assertThatThrownBy(() -> Request.decode(Arrays.copyOf(prologue, 1025)))
        .isInstanceOf(MalformedFrameException.class);
    byte[] grant = new byte[1025];
    grant[0] = Answer.GRANT;
    assertThatThrownBy(() -> Answer.decode(grant)).isInstanceOf(MalformedFrameException.class);
  }

  @Property(tries = 5000)
  void garbage_isDecodedOrRefused_neverAnythingElse(@ForAll byte[] garbage) {
    for (int type : new int[] {0x11, 0x12, 0x13, 0x14, 0x15, 0x21, 0x22, 0x23, 0x2f}) {
      byte[] frame = join(new byte[] {(byte) type}, garbage);
      try {
        assertThat(Request.decode(frame).frame()).isSameAs(frame);
      } catch (MalformedFrameException e) {
        assertThat(e.getStackTrace()).isEmpty();
      }
      try {
        assertThat(Answer.decode(frame).frame()).isSameAs(frame);
      } catch (MalformedFrameException e) {
        assertThat(e.getStackTrace()).isEmpty();
      }
    }
  }

  private static void keyed(Request.Keyed read, byte[] frame, byte[] mac) {
    assertThat(read.proof()).isEqualTo(mac);
    assertThat(join(read.covered(), read.proof())).isEqualTo(frame);
    for (int length = 0; length <= frame.length + 1; length++) {
      if (length != frame.length) {
        byte[] other = Arrays.copyOf(frame, length);
        assertThatThrownBy(() -> Request.decode(other)).isInstanceOf(MalformedFrameException.class);
      }
    }
  }

  private static void answer(byte[] frame, byte[] mac) throws MalformedFrameException {
    Answer read = Answer.decode(frame);
    assertThat(read.mac()).isEqualTo(mac);
    assertThat(join(read.covered(), read.mac())).isEqualTo(frame);
    for (int length = 0; length <= frame.length + 1; length++) {
      if (length != frame.length) {
        byte[] other = Arrays.copyOf(frame, length);
        assertThatThrownBy(() -> Answer.decode(other)).isInstanceOf(MalformedFrameException.class);
      }
    }
  }

  /**
   * A frame with a Noise message has no length of its own; shorter than the shortest is refused.
   */
  private static void onlyLongerThan(byte[] frame, int tooShort) {
    for (int length = 0; length <= tooShort; length++) {
      byte[] other = Arrays.copyOf(frame, length);
      assertThatThrownBy(() -> Request.decode(other)).isInstanceOf(MalformedFrameException.class);
    }
  }

  private static byte[] join(byte[] head, byte[] tail) {
    byte[] joined = Arrays.copyOf(head, head.length + tail.length);
    System.arraycopy(tail, 0, joined, head.length, tail.length);
    return joined;
  }
}
