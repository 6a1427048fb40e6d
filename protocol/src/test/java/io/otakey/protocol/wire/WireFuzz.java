package io.otakey.protocol.wire;

import static org.assertj.core.api.Assertions.assertThat;

import io.otakey.protocol.fuzz.FuzzTarget;
import io.otakey.protocol.key.GrantToken;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;

/** Frames both ways, the CBOR subset, connections, tokens and login names. */
public final class WireFuzz implements FuzzTarget.Suite {
  @Override
  public List<FuzzTarget> targets() {
    return List.of(
        FuzzTarget.of("request", Samples.requests(), WireFuzz::request),
        FuzzTarget.of("answer", Samples.answers(), WireFuzz::answer),
        FuzzTarget.of("cbor", Samples.documents(), WireFuzz::document),
        FuzzTarget.of("connection", Samples.documents(), WireFuzz::connection),
        FuzzTarget.of("token", List.of(new byte[15], new byte[32]), WireFuzz::token),
        FuzzTarget.of(
            "login-name",
            FuzzTarget.texts("thermo.a1%3AB.0102ff", "p.d.00", ".00"),
            WireFuzz::loginName));
  }

  private static void request(byte[] frame) {
    try {
      assertThat(written(Request.decode(frame))).isEqualTo(frame);
    } catch (MalformedFrameException e) {
      named(e);
    }
  }

  private static byte[] written(Request request) {
    byte[] before =
        switch (request.type()) {
          case ENROLL -> {
            EnrollRequest enroll = (EnrollRequest) request;
            byte[] prologue =
                EnrollRequest.prologue(enroll.ref(), enroll.pkVersion(), enroll.gatewayKeyId());
            yield join(prologue, enroll.noiseMessage());
          }
          case ROTATE -> {
            RotateRequest rotate = (RotateRequest) request;
            byte[] prologue = RotateRequest.prologue(rotate.key(), rotate.gatewayKeyId());
            yield join(prologue, rotate.noiseMessage());
          }
          case CONFIRM -> {
            ConfirmRequest confirm = (ConfirmRequest) request;
            yield ConfirmRequest.covered(confirm.key(), confirm.outcome());
          }
          case ABANDON -> {
            AbandonRequest abandon = (AbandonRequest) request;
            yield AbandonRequest.covered(abandon.key(), abandon.abandoned(), abandon.reason());
          }
          case POLL -> {
            byte[] frame = request.frame();
            int nonce = frame.length - Frames.MAC_LENGTH - PollRequest.NONCE_LENGTH;
            byte[] bytes = Arrays.copyOfRange(frame, nonce, nonce + PollRequest.NONCE_LENGTH);
            yield PollRequest.covered(((PollRequest) request).key(), bytes);
          }
        };
    assertThat(before).isEqualTo(request.covered());
    return join(before, request.proof());
  }

  private static void answer(byte[] frame) {
    try {
      Answer answer = Answer.decode(frame);
      byte[] covered = answer.covered();
      if (answer instanceof Answer.Ack ack) {
        covered = Answer.Ack.covered(ack.epoch(), ack.status(), ack.pollAfter());
      } else if (answer instanceof Answer.Notice notice) {
        covered = Answer.Notice.covered(notice.epoch(), notice.action(), notice.pollAfter());
      } else if (answer instanceof Answer.Refused refused) {
        covered = Answer.Refused.covered(refused.code(), refused.retryAfter());
      }
      assertThat(join(covered, answer.mac())).isEqualTo(frame);
    } catch (MalformedFrameException e) {
      named(e);
    }
  }

  private static void document(byte[] cbor) {
    try {
      CborReader.document(cbor, (key, in) -> assertThat(in.slice().length).isPositive());
    } catch (MalformedFrameException e) {
      named(e);
    }
  }

  private static void connection(byte[] cbor) throws MalformedFrameException {
    Connection read;
    try {
      read = Connection.read(new CborReader(cbor));
    } catch (MalformedFrameException e) {
      named(e);
      return;
    }
    byte[] written = written(read);
    assertThat(written(Connection.read(new CborReader(written)))).isEqualTo(written);
  }

  private static byte[] written(Connection connection) {
    CborWriter out = new CborWriter();
    connection.write(out);
    return out.toBytes();
  }

  private static void token(byte[] bytes) {
    if (bytes.length >= 1 && bytes.length <= Token.MAX_LENGTH) {
      Token token = Token.of(bytes);
      assertThat(Token.ofHex(token.hex())).isEqualTo(token);
      GrantToken.decode(token).ifPresent(read -> assertThat(read.encode()).isEqualTo(token));
    }
  }

  private static void loginName(byte[] bytes) {
    String text = new String(bytes, StandardCharsets.UTF_8);
    LoginName.parse(text).ifPresent(name -> assertThat(name.toString()).isEqualTo(text));
  }

  private static void named(MalformedFrameException refused) {
    assertThat(refused.getMessage()).isNotBlank();
  }

  private static byte[] longer(byte[] bytes, int more) {
    return Arrays.copyOf(bytes, bytes.length + more);
  }

  private static byte[] join(byte[] head, byte[] tail) {
    byte[] joined = longer(head, tail.length);
    System.arraycopy(tail, 0, joined, head.length, tail.length);
    return joined;
  }
}
