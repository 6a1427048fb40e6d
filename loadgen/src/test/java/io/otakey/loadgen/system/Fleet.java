package io.otakey.loadgen.system;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.otakey.loadgen.Main;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/** A load run of this process against a gateway, and its result. */
final class Fleet {
  /** Whether tests run at the sizes that the documentation quotes. */
  static final boolean FULL = Boolean.getBoolean("otakey.full");

  private final List<String> arguments = new ArrayList<>(List.of("enroll", "--quiet"));
  private final Path json;
  private final int devices;

  /**
   * What came out.
   *
   * @param exitCode 0 only if every device ended enrolled and proven
   */
  record Outcome(int exitCode, JsonNode result) {
    long count(String field) {
      return result.get(field).asLong();
    }
  }

  Fleet(GatewayProcess gateway, Path bundle, Path json, int devices, String... more) {
    this.json = json;
    this.devices = devices;
    arguments.addAll(List.of("--bundle", bundle.toString(), "--json", json.toString()));
    arguments.addAll(List.of("--mqtt", "127.0.0.1:" + gateway.port("mqtt")));
    arguments.addAll(List.of("--http", "127.0.0.1:" + gateway.port("http")));
    arguments.addAll(List.of("--devices", Integer.toString(devices), "--transport", "mix"));
    arguments.addAll(List.of(more));
  }

  int devices() {
    return devices;
  }

  Outcome run() {
    int exitCode = Main.commandLine().execute(arguments.toArray(String[]::new));
    try {
      return new Outcome(exitCode, new ObjectMapper().readTree(json.toFile()));
    } catch (IOException e) {
      throw new AssertionError("the load run wrote no result, exit code " + exitCode, e);
    }
  }

  CompletableFuture<Outcome> start() {
    CompletableFuture<Outcome> outcome = new CompletableFuture<>();
    Thread thread =
        new Thread(
            () -> {
              try {
                outcome.complete(run());
              } catch (RuntimeException | AssertionError e) {
                outcome.completeExceptionally(e);
              }
            },
            "fleet");
    thread.setDaemon(true);
    thread.start();
    return outcome;
  }

  static Outcome join(CompletableFuture<Outcome> outcome) throws Exception {
    return outcome.get(FULL ? 30 : 5, TimeUnit.MINUTES);
  }
}
