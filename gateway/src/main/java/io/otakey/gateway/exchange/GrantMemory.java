package io.otakey.gateway.exchange;

import io.otakey.protocol.wire.Answer;
import io.otakey.protocol.wire.Request;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Optional;
import java.util.function.LongSupplier;

/**
 * The last minutes' ENROLL and ROTATE frames with their grants: a repeated frame gets the same
 * bytes without curve work (protocol section 6.3). Asked only for authentic frames. Thread-safe,
 * bounded.
 */
final class GrantMemory {
  private final Generations<Long, Remembered> grants;

  private record Remembered(byte[] request, Answer.Grant grant) {}

  GrantMemory(ExchangeConfig config, LongSupplier nanoTime) {
    grants =
        new Generations<>(config.rememberedGrants(), config.rememberedFor().toNanos(), nanoTime);
  }

  Optional<Answer.Grant> recall(Request.Opening request) {
    return grants
        .get(name(request))
        .filter(known -> Arrays.equals(known.request(), request.frame()))
        .map(Remembered::grant);
  }

  void remember(Request.Opening request, Answer.Grant grant) {
    grants.put(name(request), new Remembered(request.frame(), grant));
  }

  int size() {
    return grants.size();
  }

  private static long name(Request.Opening request) {
    return ByteBuffer.wrap(request.proof()).getLong();
  }
}
