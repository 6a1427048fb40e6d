package io.otakey.loadgen.network;

import io.otakey.loadgen.baseline.wire.Host;
import io.otakey.loadgen.baseline.wire.HttpHandler;
import java.io.IOException;
import java.util.Map;
import java.util.Optional;

/** A server that answers with as many bytes as it was sent. */
public final class Echo {
  private Echo() {}

  /** On a free port. */
  public static Host start() throws IOException {
    return Host.start(
        Optional.empty(),
        pipeline ->
            HttpHandler.install(
                pipeline,
                request -> new HttpHandler.Answer(200, Map.of(), new byte[request.body().length])));
  }
}
