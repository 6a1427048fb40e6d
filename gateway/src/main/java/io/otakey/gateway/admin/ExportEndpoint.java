package io.otakey.gateway.admin;

import io.otakey.gateway.registry.DeviceAdministration;
import io.otakey.gateway.registry.DeviceFilter;
import io.otakey.gateway.registry.DeviceRecord;
import io.vertx.core.Future;
import io.vertx.core.Handler;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.core.streams.WriteStream;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** All devices of a filter, as a stream, in constant memory. */
final class ExportEndpoint {
  /** Exports at a time; each holds a database connection, and the others need some, too. */
  private static final int MAX_RUNNING = 2;

  /** What an export looks like. */
  private enum Format {
    NDJSON("application/x-ndjson"),
    CSV("text/csv; charset=utf-8");

    private final String mediaType;

    Format(String mediaType) {
      this.mediaType = mediaType;
    }
  }

  private final DeviceAdministration devices;
  private int running;

  ExportEndpoint(DeviceAdministration devices) {
    this.devices = devices;
  }

  void addTo(Map<String, Endpoint> endpoints) {
    endpoints.put("exportDevices", this::export);
  }

  private Future<Reply> export(Call call) {
    Query query = call.query();
    Format format = query.choice("format", Format.class).orElse(Format.NDJSON);
    DeviceFilter filter = DeviceQuery.filter(query, call.caller());
    query.check();
    if (running >= MAX_RUNNING) {
      throw Problem.of(
              Problem.Kind.UNAVAILABLE,
              MAX_RUNNING + " exports are running: try again when one has ended")
          .header("Retry-After", "30")
          .exception();
    }
    running++;
    Rows rows = new Rows(call.request().response(), format);
    return devices
        .export(filter, rows)
        .onComplete(done -> running--)
        .compose(exported -> rows.finish())
        .map(Reply.streamed());
  }

  /** Formats devices into the response; the head goes out with the first bytes. */
  private static final class Rows implements WriteStream<DeviceRecord> {
    private static final int BLOCK = 16 * 1024;

    private final HttpServerResponse response;
    private final Function<DeviceRecord, byte[]> line;
    private Buffer block = Buffer.buffer(BLOCK + 1024);

    Rows(HttpServerResponse response, Format format) {
      this.response = response;
      response.setChunked(true).putHeader("Content-Type", format.mediaType);
      line =
          switch (format) {
            case NDJSON -> device -> Json.line(DeviceJson.write(device));
            case CSV -> {
              block.appendString(DeviceJson.CSV_HEADER);
              yield device -> DeviceJson.csv(device).getBytes(StandardCharsets.UTF_8);
            }
          };
    }

    @Override
    public Future<Void> write(DeviceRecord device) {
      block.appendBytes(line.apply(device));
      return block.length() < BLOCK ? Future.succeededFuture() : flush();
    }

    /** The client's next export finds a place: its end is told when this one's is free. */
    @Override
    public Future<Void> end() {
      return Future.succeededFuture();
    }

    Future<Void> finish() {
      return response.end(block);
    }

    @Override
    public boolean writeQueueFull() {
      return !response.ended() && response.writeQueueFull(); // ended: the client is gone
    }

    @Override
    public WriteStream<DeviceRecord> drainHandler(@Nullable Handler<Void> handler) {
      response.drainHandler(handler);
      return this;
    }

    @Override
    public WriteStream<DeviceRecord> exceptionHandler(@Nullable Handler<Throwable> handler) {
      response.exceptionHandler(handler);
      return this;
    }

    /** Counted in bytes of the response, whatever the devices' number. */
    @Override
    public WriteStream<DeviceRecord> setWriteQueueMaxSize(int ignored) {
      return this;
    }

    private Future<Void> flush() {
      Buffer full = block;
      block = Buffer.buffer(BLOCK + 1024);
      return response.write(full);
    }
  }
}
