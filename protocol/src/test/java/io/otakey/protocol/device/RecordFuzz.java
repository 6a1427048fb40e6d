package io.otakey.protocol.device;

import static org.assertj.core.api.Assertions.assertThat;

import io.otakey.protocol.crypto.Hmac;
import io.otakey.protocol.crypto.Secret;
import io.otakey.protocol.fuzz.FuzzTarget;
import io.otakey.protocol.wire.Token;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;

/** A slot of flash with anything in it. */
public final class RecordFuzz implements FuzzTarget.Suite {
  private static final int MAGIC = 0x4f544b31;

  @Override
  public List<FuzzTarget> targets() {
    return List.of(FuzzTarget.of("flash-record", List.of(record(0), record(90)), this::slot));
  }

  private static byte[] record(int connection) {
    int[] words =
        RecordCodec.encode(
            new KeyRecord(
                3,
                7,
                Secret.adopt(new byte[32]),
                Token.of(new byte[15]),
                new byte[connection],
                true));
    ByteBuffer bytes = ByteBuffer.allocate(words.length * Integer.BYTES);
    bytes.asIntBuffer().put(words);
    return bytes.array();
  }

  private void slot(byte[] bytes) {
    HeapFlash flash = flash(mended(bytes));
    int markers = RecordCodec.checkedMarkers(flash, 0);
    if (markers >= 0) {
      KeyRecord record = RecordCodec.decode(flash, 0);
      int[] words = RecordCodec.encode(record);
      assertThat(words).hasSize(markers);
      HeapFlash again = new HeapFlash();
      for (int word = 0; word < words.length; word++) {
        again.write(0, word, words[word]);
      }
      assertThat(RecordCodec.checkedMarkers(again, 0)).isEqualTo(markers);
      assertThat(RecordCodec.encode(RecordCodec.decode(again, 0))).isEqualTo(words);
    }
    new Slots(flash).boot();
    new Slots(flash).survey();
    RecordCodec.zeroise(flash, 0);
  }

  private static HeapFlash flash(byte[] bytes) {
    HeapFlash flash = new HeapFlash();
    ByteBuffer in = ByteBuffer.wrap(bytes);
    for (int word = 0; word < flash.words() && in.remaining() >= Integer.BYTES; word++) {
      flash.write(0, word, in.getInt());
    }
    return flash;
  }

  /** Every second input gets a check value that is right, or nothing would get past it. */
  private static byte[] mended(byte[] bytes) {
    if (bytes.length < 32 || (bytes[bytes.length - 1] & 1) == 0) {
      return bytes;
    }
    byte[] mended = bytes.clone();
    ByteBuffer head = ByteBuffer.wrap(mended);
    head.putInt(0, MAGIC);
    int size = 3 + (head.getInt(4) & 0xffff);
    if (size * Integer.BYTES + 8 <= mended.length) {
      byte[] check = Hmac.sha256(Arrays.copyOf(mended, size * Integer.BYTES));
      System.arraycopy(check, 0, mended, size * Integer.BYTES, 8);
    }
    return mended;
  }
}
