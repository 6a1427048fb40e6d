package io.otakey.protocol.wire;

import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;

/** Well-formed bytes of every kind, for others to change; proofs are zeros. */
public final class Samples {
  private static final DeviceRef REF = new DeviceRef("thermo", "a1:B-2_c.d");
  private static final KeyRef KEY = new KeyRef(REF, 7, Token.of(new byte[15]));

  private Samples() {}

  /** One of each. */
  public static List<byte[]> requests() {
    return List.of(
        longer(EnrollRequest.prologue(REF, 1, 1), 70),
        longer(RotateRequest.prologue(KEY, 1), 57),
        longer(ConfirmRequest.covered(KEY, ConfirmRequest.Outcome.STORED), 16),
        longer(AbandonRequest.covered(KEY, KEY.token(), AbandonRequest.Reason.STORAGE_FAILED), 16),
        longer(PollRequest.covered(KEY, new byte[8]), 16));
  }

  /** One of each. */
  public static List<byte[]> answers() {
    return List.of(
        Answer.Grant.of(new byte[120]).frame(),
        longer(Answer.Ack.covered(7, Answer.AckStatus.COMMITTED, 3600), 16),
        longer(Answer.Notice.covered(7, Answer.Action.ROTATE, 0), 16),
        longer(Answer.Refused.covered(Refusal.SUPERSEDED, 5), 16),
        Answer.Refused.covered(Refusal.BUSY, 5));
  }

  /** Connections, and maps with values of every kind. */
  public static List<byte[]> documents() {
    CborWriter full = new CborWriter();
    new Connection(
            "cloud",
            "mqtts",
            "broker.example",
            8883,
            Optional.of("client"),
            Optional.of("user"),
            Optional.of("prefix/"),
            Optional.of(new byte[32]))
        .write(full);
    return List.of(
        full.toBytes(),
        HexFormat.of().parseHex("a401617002646d717474036168041907" + "5b"),
        HexFormat.of()
            .parseHex("a201c18201a26161f56162f61b0000000000000002" + "84f90000f82081" + "8100f6"));
  }

  private static byte[] longer(byte[] bytes, int more) {
    return Arrays.copyOf(bytes, bytes.length + more);
  }
}
