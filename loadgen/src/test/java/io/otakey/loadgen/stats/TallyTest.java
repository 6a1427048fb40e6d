package io.otakey.loadgen.stats;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.otakey.protocol.wire.Refusal;
import io.otakey.protocol.wire.RequestType;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import org.junit.jupiter.api.Test;

/** What one process saw, told to another. */
class TallyTest {
  private static Tally tally(int devices, long micros) {
    Tally tally = new Tally();
    for (int i = 1; i <= devices; i++) {
      tally.started(i * 30_000_000L, i % 3 == 0);
      tally.done();
      tally.took(i * micros * 1000L, i * micros * 500L);
      FrameTally frames = tally.frames(RequestType.CONFIRM);
      frames.sent(57);
      frames.answered(33);
      frames.took(i * 1000L);
      frames.refused(Refusal.BUSY);
      tally.frames(RequestType.ROTATE).lost();
    }
    return tally;
  }

  private static DataInputStream written(Tally tally) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    tally.write(new DataOutputStream(bytes));
    return new DataInputStream(new ByteArrayInputStream(bytes.toByteArray()));
  }

  @Test
  void whatIsRead_isWhatWasWritten() throws IOException {
    Tally read = new Tally();
    DataInputStream in = written(tally(100, 7));
    read.addFrom(in);
    assertThat(read.summary("x", 120, 2)).isEqualTo(tally(100, 7).summary("x", 120, 2));
    assertThat(in.available()).as("nothing is left").isZero();
  }

  @Test
  void twoProcesses_addUpAsTwoLoopsDo() throws IOException {
    Tally here = tally(50, 3);
    here.add(tally(80, 900));
    Tally told = new Tally();
    told.addFrom(written(tally(50, 3)));
    told.addFrom(written(tally(80, 900)));
    assertThat(told.summary("x", 130, 2)).isEqualTo(here.summary("x", 130, 2));
    assertThat(told.framesOut()).isEqualTo(130);
    assertThat(told.fromStart().histogram()).isEqualTo(here.fromStart().histogram());
  }

  @Test
  void glimpses_areTold() throws IOException {
    Tally tally = tally(20, 5);
    Glimpse glimpse = tally.glimpse();
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    glimpse.write(new DataOutputStream(bytes));
    Glimpse read = new Glimpse();
    read.addFrom(new DataInputStream(new ByteArrayInputStream(bytes.toByteArray())));
    assertThat(read.started()).isEqualTo(20);
    assertThat(read.done()).isEqualTo(20);
    assertThat(read.failures()).isEqualTo(glimpse.failures()).isNotEmpty();
    assertThat(read.recent().summary()).isEqualTo(glimpse.recent().summary());
  }

  @Test
  void whatIsNoTally_isRefused() {
    byte[] nonsense = new byte[4096];
    java.util.Arrays.fill(nonsense, (byte) 0x7f);
    assertThatThrownBy(
            () -> new Tally().addFrom(new DataInputStream(new ByteArrayInputStream(nonsense))))
        .isInstanceOf(IOException.class);
  }
}
