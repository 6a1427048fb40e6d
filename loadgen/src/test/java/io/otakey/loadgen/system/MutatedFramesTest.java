package io.otakey.loadgen.system;

import static org.assertj.core.api.Assertions.assertThat;

import io.otakey.loadgen.device.Bundle;
import io.otakey.protocol.wire.Answer;
import io.otakey.protocol.wire.Refusal;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Damaged frames, and damaged packets below them, by the thousand. */
class MutatedFramesTest {
  private static final int FRAMES = Fleet.FULL ? 1_000_000 : 40_000;
  private static final int CONVERSATIONS = Fleet.FULL ? 40_000 : 2000;
  private static final int LINES = 4;
  private static final int PIPELINED = 32;
  private static final int MAX_FRAME = 1024;
  private static final int MAX_CONVERSATION = 8192;
  private static final long MEGABYTE = 1 << 20;

  @TempDir private Path folder;

  /** What the gateway keeps. */
  private record Memory(long resident, double liveHeap) {}

  @Test
  void mutatedFrames_eachGetsOneError_nothingGrows_andHonestDevicesAreServed() throws Exception {
    Map<String, String> settings = Map.of("OTAKEY_EXCHANGE_BUSYRETRYAFTER", "1");
    try (GatewayProcess gateway = GatewayProcess.start(folder, settings)) {
      Path bundle = gateway.createProduct("demo");
      List<byte[]> originals = HonestDevice.frames(gateway, Bundle.read(bundle), 8);
      CompletableFuture<Fleet.Outcome> during = honest(gateway, bundle, "during-").start();

      Set<Refusal> refusals = attack(gateway, originals, 1);
      Memory first = memory(gateway);
      refusals.addAll(attack(gateway, originals, 2));
      Memory second = memory(gateway);

      assertThat(refusals)
          .contains(Refusal.MALFORMED, Refusal.NOT_RECOGNISED)
          .isSubsetOf(Refusal.MALFORMED, Refusal.NOT_RECOGNISED, Refusal.BUSY);
      assertThat(second.resident() - first.resident()).isLessThan(24 * MEGABYTE);
      assertThat(second.liveHeap() - first.liveHeap()).isLessThan(3.0 * MEGABYTE);
      assertThat(Fleet.join(during).exitCode()).as("honest devices meanwhile").isZero();
      assertThat(honest(gateway, bundle, "after-").run().exitCode()).as("and after").isZero();
      GatewayProcess.await(
          "every connection to be gone",
          () -> gateway.gauge("otakey_resource_used", "\"connections\"") == 0);
      assertThat(gateway.complaints()).isEmpty();
    }
  }

  private Fleet honest(GatewayProcess gateway, Path bundle, String prefix) {
    return new Fleet(
        gateway,
        bundle,
        folder.resolve(prefix + "result.json"),
        200,
        "--rate=100",
        "--id-prefix=" + prefix,
        "--time-scale=0.01",
        "--timeout=60");
  }

  /** Half of everything. */
  private static Set<Refusal> attack(GatewayProcess gateway, List<byte[]> originals, int seed)
      throws Exception {
    Set<Refusal> refusals = EnumSet.noneOf(Refusal.class);
    ExecutorService threads = Executors.newFixedThreadPool(LINES + 1);
    try {
      List<Future<Set<Refusal>>> running = new ArrayList<>();
      for (int i = 0; i < LINES; i++) {
        int number = i;
        Mutator mutator = new Mutator(originals, MAX_FRAME, seed * 100L + i);
        Callable<Set<Refusal>> line = () -> frames(gateway, number % 2 == 0, mutator);
        running.add(threads.submit(line));
      }
      Future<?> below = threads.submit(() -> packets(gateway, originals, seed));
      for (Future<Set<Refusal>> line : running) {
        refusals.addAll(line.get());
      }
      below.get();
    } finally {
      threads.shutdownNow();
    }
    return refusals;
  }

  private static Set<Refusal> frames(GatewayProcess gateway, boolean mqtt, Mutator mutator)
      throws Exception {
    Set<Refusal> refusals = EnumSet.noneOf(Refusal.class);
    try (Line line = Line.open(gateway, mqtt)) {
      for (int left = FRAMES / 2 / LINES; left > 0; left -= PIPELINED) {
        List<byte[]> batch = new ArrayList<>();
        for (int i = 0; i < PIPELINED; i++) {
          batch.add(mutator.next());
        }
        for (byte[] answer : line.ask(batch)) {
          refusals.add(((Answer.Refused) Answer.decode(answer)).code());
        }
      }
      line.finish();
    }
    return refusals;
  }

  private static Void packets(GatewayProcess gateway, List<byte[]> frames, int seed)
      throws IOException {
    SplittableRandom random = new SplittableRandom(seed);
    List<byte[]> conversations = Packets.conversations(frames, random);
    Mutator mutator = new Mutator(conversations, MAX_CONVERSATION, seed);
    List<String> ports = List.of("mqtt", "http", "mqtt", "http", "mqtts", "https");
    for (int i = 0; i < CONVERSATIONS / 2; i++) {
      byte[] bytes = i % 4 == 0 ? conversations.get(i % conversations.size()) : mutator.next();
      converse(gateway.port(ports.get(i % ports.size())), bytes, random.nextInt(3) == 0);
    }
    return null;
  }

  /** Says it all, then hangs up rudely, or hears the gateway out and sees it hang up. */
  private static void converse(int port, byte[] bytes, boolean rude) throws IOException {
    try (Socket socket = new Socket()) {
      socket.connect(new InetSocketAddress("127.0.0.1", port), 10_000);
      socket.setSoTimeout(20_000);
      try {
        socket.getOutputStream().write(bytes);
        if (rude) {
          socket.setSoLinger(true, 0);
        } else {
          socket.shutdownOutput();
          socket.getInputStream().readAllBytes();
        }
      } catch (java.net.SocketException reset) {
        assertThat(reset).hasMessageMatching("Connection reset.*|Broken pipe.*|Socket.*closed.*");
      }
    }
  }

  private static Memory memory(GatewayProcess gateway) throws Exception {
    String jcmd = Path.of(System.getProperty("java.home"), "bin", "jcmd").toString();
    List<String> command = List.of(jcmd, Long.toString(gateway.pid()), "GC.run");
    Process collect =
        new ProcessBuilder(command).redirectOutput(ProcessBuilder.Redirect.DISCARD).start();
    assertThat(collect.waitFor()).isZero();
    return new Memory(
        resident(gateway.pid()), gateway.metric("jvm_memory_used_bytes", "area=\"heap\""));
  }

  private static long resident(long pid) throws IOException {
    for (String line : Files.readAllLines(Path.of("/proc", Long.toString(pid), "status"))) {
      if (line.startsWith("VmRSS:")) {
        return Long.parseLong(line.replaceAll("\\D", "")) * 1024;
      }
    }
    throw new IOException("no VmRSS of process " + pid);
  }
}
