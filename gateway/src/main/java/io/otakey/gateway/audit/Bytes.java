package io.otakey.gateway.audit;

import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Optional;

/** Values as bytes of which no two lists of values have the same. */
final class Bytes {
  private final ByteArrayOutputStream bytes = new ByteArrayOutputStream(256);
  private final DataOutputStream out = new DataOutputStream(bytes);

  Bytes number(long number) {
    return write(() -> out.writeLong(number));
  }

  /** In microseconds, as the database keeps times. */
  Bytes time(Instant time) {
    return number(ChronoUnit.MICROS.between(Instant.EPOCH, time));
  }

  Bytes text(String text) {
    return raw(text.getBytes(StandardCharsets.UTF_8));
  }

  Bytes text(Optional<String> text) {
    number(text.isPresent() ? 1 : 0);
    return text.map(this::text).orElse(this);
  }

  Bytes raw(byte[] raw) {
    return write(
        () -> {
          out.writeInt(raw.length);
          out.write(raw);
        });
  }

  byte[] all() {
    return bytes.toByteArray();
  }

  private interface Writing {
    void run() throws IOException;
  }

  private Bytes write(Writing writing) {
    try {
      writing.run();
      return this;
    } catch (IOException e) {
      throw new UncheckedIOException("writing to memory failed", e);
    }
  }
}
