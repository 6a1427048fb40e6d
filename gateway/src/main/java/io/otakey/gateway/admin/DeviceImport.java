package io.otakey.gateway.admin;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.otakey.gateway.admin.ImportFormat.Row;
import io.otakey.gateway.registry.Actor;
import io.otakey.gateway.registry.DeviceAdministration;
import io.otakey.gateway.registry.DeviceLabels;
import io.otakey.gateway.registry.Labeling;
import io.otakey.gateway.registry.PreRegistration;
import io.otakey.gateway.registry.RegistryBusyException;
import io.otakey.gateway.registry.RegistryUnavailableException;
import io.otakey.protocol.key.RowStatus;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One running import. Lines are gathered into chunks; while enough of these are with the database,
 * the socket is not read, so memory is constant. Event loop only.
 */
final class DeviceImport {
  private static final Logger LOG = LoggerFactory.getLogger(DeviceImport.class);
  private static final int CHUNK = 5000;
  private static final int MAX_IN_FLIGHT = 2;
  private static final int MAX_TRIES = 5;
  private static final long FIRST_WAIT_MS = 200;
  private static final Labeling NONE = new Labeling(List.of(), 0, List.of(), List.of());

  /** Ids with their lines; the same id twice counts as known the second time. */
  private static final class Chunk {
    private final long firstLine;
    private final Map<String, Long> lines = new LinkedHashMap<>();
    private final Map<String, Map<String, String>> labels = new HashMap<>();
    private int repeated;
    private long lastLine;
    private boolean done;

    Chunk(long firstLine) {
      this.firstLine = firstLine;
      this.lastLine = firstLine;
    }
  }

  private final Vertx vertx;
  private final DeviceAdministration devices;
  private final DeviceLabels labels;
  private final HttpServerRequest request;
  private final HttpServerResponse response;
  private final Actor actor;
  private final String productId;
  private final ImportFormat format;
  private final boolean resumed;
  private final int maxErrors;
  private final LineSplitter splitter;
  private final Promise<Reply> finished = Promise.promise();

  /** Chunks not yet done, oldest first; the first {@link #inFlight} of them are being written. */
  private final Deque<Chunk> open = new ArrayDeque<>();

  private final Deque<Chunk> waiting = new ArrayDeque<>();
  private Chunk gathering;
  private int inFlight;
  private long line;
  private long rows;
  private long created;
  private long existing;
  private long barred;
  private long labeled;
  private long full;
  private long invalid;
  private long reported;
  private boolean ended;
  private boolean aborted;

  DeviceImport(
      Vertx vertx,
      DeviceAdministration devices,
      DeviceLabels labels,
      Call call,
      long firstLine,
      int maxErrors) {
    this.vertx = vertx;
    this.devices = devices;
    this.labels = labels;
    this.request = call.request();
    this.response = call.request().response();
    this.actor = call.caller().actor();
    this.productId = call.productId();
    this.format = ImportFormat.of(Gate.mediaType(request), productId);
    this.resumed = firstLine > 1;
    this.line = firstLine - 1;
    this.gathering = new Chunk(firstLine);
    this.maxErrors = maxErrors;
    this.splitter =
        new LineSplitter(
            new LineSplitter.Lines() {
              @Override
              public void line(byte[] bytes) {
                takeLine(format.read(bytes));
              }

              @Override
              public void tooLong() {
                takeLine(new Row.Bad("the line has more than " + LineSplitter.MAX_LINE + " bytes"));
              }
            });
  }

  /** Completes when the response has ended. */
  Future<Reply> run() {
    response.setChunked(true).putHeader("Content-Type", "application/x-ndjson");
    response.exceptionHandler(gone -> clientGone());
    if (BodyReader.hasBody(request)) {
      request.exceptionHandler(gone -> clientGone());
      request.handler(this::take);
      request.endHandler(end -> end());
      request.resume();
    } else {
      end();
    }
    return finished.future();
  }

  private void end() {
    ended = true;
    if (!aborted) {
      splitter.end();
      closeChunk();
      submit();
    }
    finishIfDone();
  }

  private void take(Buffer bytes) {
    if (aborted) {
      // The rest is read and dropped, for clients that read only after they have written all.
      return;
    }
    splitter.feed(bytes);
    submit();
    if (!waiting.isEmpty()) {
      request.pause();
    }
  }

  private void takeLine(Row row) {
    line++;
    if (row instanceof Row.Device device) {
      rows++;
      gathering.lastLine = line;
      if (gathering.lines.putIfAbsent(device.deviceId(), line) != null) {
        gathering.repeated++;
      }
      if (!device.labels().isEmpty()) {
        gathering
            .labels
            .computeIfAbsent(device.deviceId(), id -> new TreeMap<>())
            .putAll(device.labels());
      }
      if (gathering.lines.size() == CHUNK) {
        closeChunk();
      }
    } else if (row instanceof Row.Bad bad) {
      rows++;
      invalid++;
      report(Json.object().put("type", "error").put("line", line).put("problem", bad.problem()));
    } else if (row instanceof Row.Header && resumed) {
      line--;
    }
  }

  private void closeChunk() {
    if (!gathering.lines.isEmpty()) {
      open.add(gathering);
      waiting.add(gathering);
    }
    gathering = new Chunk(line + 1);
  }

  private void submit() {
    while (!aborted && inFlight < MAX_IN_FLIGHT && !waiting.isEmpty()) {
      Chunk chunk = waiting.remove();
      inFlight++;
      write(chunk, 1)
          .onComplete(
              result -> {
                inFlight--;
                if (result.succeeded()) {
                  done(chunk, result.result());
                } else {
                  abort(result.cause());
                }
                submit();
                if (waiting.isEmpty()) {
                  request.resume();
                }
                finishIfDone();
              });
    }
  }

  /** What the database said of a chunk. */
  private record Written(PreRegistration rows, Labeling labels) {}

  /** In two transactions: whoever repeats an import that was cut off between them does both. */
  private Future<Written> write(Chunk chunk) {
    return devices
        .preRegister(actor, productId, List.copyOf(chunk.lines.keySet()))
        .compose(
            rows ->
                (chunk.labels.isEmpty() || !rows.productKnown()
                        ? Future.succeededFuture(NONE)
                        : labels.load(actor, productId, chunk.labels))
                    .map(done -> new Written(rows, done)));
  }

  private Future<Written> write(Chunk chunk, int tries) {
    return write(chunk)
        .recover(
            failure -> {
              boolean mayPass =
                  failure instanceof RegistryBusyException
                      || failure instanceof RegistryUnavailableException;
              if (!mayPass || tries == MAX_TRIES || aborted) {
                return Future.failedFuture(failure);
              }
              return vertx
                  .timer(FIRST_WAIT_MS << (tries - 1))
                  .compose(waited -> write(chunk, tries + 1));
            });
  }

  private void done(Chunk chunk, Written written) {
    PreRegistration result = written.rows();
    if (!result.productKnown()) {
      abort(Problem.noProduct(productId).exception());
      return;
    }
    chunk.done = true;
    created += result.created();
    existing += result.existing().size() + chunk.repeated;
    for (PreRegistration.Existing row : result.existing()) {
      if (row.status() != RowStatus.EXPECTED && row.status() != RowStatus.ACTIVE) {
        barred++;
        report(
            Json.object()
                .put("type", "barred")
                .put("line", chunk.lines.getOrDefault(row.deviceId(), chunk.firstLine))
                .put("deviceId", row.deviceId())
                .put("status", Names.of(row.status())));
      }
    }
    labeled += written.labels().changed();
    written.labels().full().forEach(id -> reportFull(chunk, id));
    long through = 0;
    while (!open.isEmpty() && open.getFirst().done) {
      through = open.removeFirst().lastLine;
    }
    if (through > 0 && !aborted && !response.writeQueueFull()) {
      write(
          Json.object()
              .put("type", "progress")
              .put("line", through)
              .put("created", created)
              .put("existing", existing)
              .put("invalid", invalid));
    }
  }

  private void reportFull(Chunk chunk, String id) {
    full++;
    report(
        Json.object()
            .put("type", "full")
            .put("line", chunk.lines.getOrDefault(id, chunk.firstLine))
            .put("deviceId", id));
  }

  private void report(ObjectNode finding) {
    reported++;
    if (reported <= maxErrors && !aborted) {
      write(finding);
    }
  }

  private void abort(Throwable failure) {
    if (aborted) {
      return;
    }
    aborted = true;
    waiting.clear();
    String why = Gate.problem("importDevices", failure).detail();
    long from = open.isEmpty() ? gathering.firstLine : open.getFirst().firstLine;
    write(Json.object().put("type", "aborted").put("resumeFromLine", from).put("problem", why));
  }

  private void clientGone() {
    if (!finished.future().isComplete()) {
      LOG.info("an import into {} was cut off by its client after line {}", productId, line);
    }
    aborted = true;
    ended = true;
    waiting.clear();
    finishIfDone();
  }

  private void finishIfDone() {
    if (!ended || inFlight > 0 || !waiting.isEmpty() || finished.future().isComplete()) {
      return;
    }
    if (!aborted) {
      write(
          Json.object()
              .put("type", "summary")
              .put("lines", rows)
              .put("created", created)
              .put("existing", existing)
              .put("barred", barred)
              .put("invalid", invalid)
              .put("labeled", labeled)
              .put("full", full)
              .put("notShown", Math.max(0, reported - maxErrors)));
    }
    finished.complete(Reply.streamed());
    if (!response.closed()) {
      response.end();
    }
  }

  private void write(ObjectNode json) {
    if (!response.closed()) {
      response.write(Buffer.buffer(Json.line(json)));
    }
  }
}
