package io.otakey.gateway.journal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.otakey.gateway.batch.BatcherConfig;
import io.otakey.gateway.registry.Change;
import io.otakey.gateway.registry.Connection;
import io.otakey.gateway.registry.RegistryBusyException;
import io.otakey.protocol.key.DeviceRow;
import io.otakey.protocol.key.RowStatus;
import io.otakey.protocol.wire.DeviceRef;
import io.otakey.protocol.wire.Token;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.TreeMap;
import java.util.UUID;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class JournalTest {
  private static final UUID INSTALLATION = new UUID(11, 12);
  private static final BatcherConfig BATCHES =
      new BatcherConfig(1, 100, Duration.ZERO, 1000, Duration.ofSeconds(60), 1);

  @TempDir private Path folder;
  private final Vertx vertx = Vertx.vertx();
  private final SimpleMeterRegistry meters = new SimpleMeterRegistry();

  @AfterEach
  void close() throws Exception {
    get(vertx.close());
  }

  private static <T> T get(Future<T> future) throws Exception {
    return future.toCompletionStage().toCompletableFuture().get(30, TimeUnit.SECONDS);
  }

  private Journal open(JournalConfig config, Disk disk) throws IOException {
    return Journal.open(vertx, config, INSTALLATION, disk, BATCHES, meters);
  }

  private Journal open() throws IOException {
    return open(JournalConfig.in(folder), Disk.real());
  }

  private static Change.Device commit(int device) {
    byte[] token = new byte[15];
    Arrays.fill(token, (byte) device);
    return new Change.Device(
        Change.Cause.COMMITTED,
        new DeviceRef("meter", "device-" + device),
        new DeviceRow(
            RowStatus.ACTIVE,
            4_000_000_000L,
            Optional.of(Token.of(token)),
            65_535,
            65_534,
            255,
            true),
        Optional.empty());
  }

  private static List<Change> all(Path folder) throws IOException {
    List<Change> found = new ArrayList<>();
    for (Path file : JournalFiles.list(folder)) {
      JournalReader.read(file, entry -> found.add(entry.change()));
    }
    return found;
  }

  @Test
  void whatWasKept_isReadBackInOrder() throws Exception {
    Connection connection =
        new Connection(
            "cloud",
            "mqtts",
            "höst.example",
            8883,
            Optional.empty(),
            Optional.of("user"),
            Optional.of("devices/"),
            Optional.of(new byte[32]));
    Change.Device blocked =
        new Change.Device(
            Change.Cause.BLOCKED,
            new DeviceRef("meter", "a:b.c"),
            new DeviceRow(RowStatus.BLOCKED, 0, Optional.empty(), 0, 0, 0, false),
            Optional.of(RowStatus.EXPECTED));
    Journal journal = open();
    get(journal.keep(List.of(commit(1), blocked)));
    get(journal.keep(List.of(new Change.Generation("meter", 255, true))));
    get(journal.keep(List.of(new Change.NewConnection(65_535, connection))));
    Map<String, String> most = new TreeMap<>();
    for (int i = 10; i < 26; i++) {
      most.put(i + "k".repeat(61), i + "v".repeat(61));
    }
    Change.Labels labels = new Change.Labels(new DeviceRef("meter", "a:b.c"), most, 1L << 42);
    get(journal.keep(List.of(labels)));
    get(journal.close());

    List<Change> found = all(folder);
    assertThat(found.subList(0, 3))
        .containsExactly(commit(1), blocked, new Change.Generation("meter", 255, true));
    assertThat(found.get(3))
        .usingRecursiveComparison()
        .isEqualTo(new Change.NewConnection(65_535, connection));
    assertThat(found.get(4)).isEqualTo(labels);
    assertThat(JournalFormat.encode(0, commit(1))).hasSizeLessThan(80);
  }

  @Test
  void everyCauseHasItsCode() {
    for (Change.Cause cause : Change.Cause.values()) {
      Change.Device change =
          new Change.Device(cause, commit(1).ref(), commit(1).row(), Optional.empty());
      byte[] bytes = JournalFormat.encode(7, change);
      assertThat(JournalFormat.decode(bytes, 0).orElseThrow().entry())
          .isEqualTo(new JournalEntry(7, change));
    }
  }

  /** Cut anywhere, damaged anywhere: what is whole is found, and nothing else. */
  @Test
  void damage_costsTheRecordsItHitsAndNoOthers() throws Exception {
    Journal journal = open();
    List<Change.Device> kept = IntStream.range(0, 20).mapToObj(JournalTest::commit).toList();
    get(journal.keep(kept));
    get(journal.close());
    Path file = JournalFiles.list(folder).get(0);
    byte[] whole = Files.readAllBytes(file);
    for (int cut = JournalReader.HEADER; cut < whole.length; cut++) {
      Files.write(file, Arrays.copyOf(whole, cut));
      List<Change> found = all(folder);
      int size = JournalReader.HEADER;
      int left = 0;
      while (left < 20 && size + JournalFormat.encode(0, kept.get(left)).length <= cut) {
        size += JournalFormat.encode(0, kept.get(left)).length;
        left++;
      }
      assertThat(found).as("cut at " + cut).isEqualTo(kept.subList(0, left));
    }
    Random random = new Random(4);
    for (int i = 0; i < 200; i++) {
      int at = JournalReader.HEADER + random.nextInt(whole.length - JournalReader.HEADER);
      byte[] damaged = whole.clone();
      damaged[at] ^= (byte) (1 << random.nextInt(8));
      Files.write(file, damaged);
      assertThat(all(folder)).as("damaged at " + at).hasSize(19).isSubsetOf(kept);
    }
  }

  @Test
  void tornTail_isCutAtTheStartAndTheNextFileGoesOn() throws Exception {
    Journal first = open();
    get(first.keep(List.of(commit(1))));
    get(first.close());
    Path file = JournalFiles.list(folder).get(0);
    long whole = Files.size(file);
    Files.write(
        file, Arrays.copyOf(JournalFormat.encode(1, commit(2)), 30), StandardOpenOption.APPEND);

    Journal second = open();
    get(second.keep(List.of(commit(3))));
    get(second.close());
    assertThat(Files.size(file)).isEqualTo(whole);
    assertThat(all(folder)).containsExactly(commit(1), commit(3));
  }

  @Test
  void files_areFollowedAtTheirSizeAndDeletedAtTheirAge() throws Exception {
    JournalConfig small =
        new JournalConfig(JournalConfig.Sync.ACK, folder, 1024, Duration.ofDays(2));
    Journal journal = open(small, Disk.real());
    for (int i = 0; i < 60; i++) {
      get(journal.keep(List.of(commit(i))));
    }
    get(journal.close());
    List<Path> files = JournalFiles.list(folder);
    assertThat(files).hasSizeBetween(4, 6);
    assertThat(all(folder)).hasSize(60);

    FileTime old = FileTime.from(Instant.now().minus(Duration.ofDays(3)));
    Files.setLastModifiedTime(files.get(0), old);
    Files.setLastModifiedTime(files.get(1), old);
    get(open(small, Disk.real()).close());
    assertThat(JournalFiles.list(folder)).doesNotContain(files.get(0), files.get(1));
    assertThat(all(folder)).hasSizeBetween(20, 40);
  }

  @Test
  void nothingIsAcknowledged_beforeItIsOnDisk() throws Exception {
    SlowDisk disk = new SlowDisk();
    Journal journal = open(JournalConfig.in(folder), disk);
    disk.hold();
    Future<Void> first = journal.keep(List.of(commit(1)));
    disk.awaitSync();
    Future<Void> second = journal.keep(List.of(commit(2)));
    Future<Void> third = journal.keep(List.of(commit(3)));
    assertThat(first.isComplete() || second.isComplete() || third.isComplete()).isFalse();
    int before = disk.syncs();
    disk.release();
    get(Future.all(first, second, third));
    assertThat(disk.syncs() - before).as("one for the first, one for what gathered").isEqualTo(2);
    get(journal.close());
  }

  /** By the disk's own clock: how long anything that was written stayed unsynced. */
  @Test
  void aSecondLate_isWrittenBehindAndSyncedWithinASecond() throws Exception {
    SlowDisk disk = new SlowDisk();
    Journal journal =
        open(
            new JournalConfig(JournalConfig.Sync.SECOND, folder, 1 << 20, Duration.ofDays(1)),
            disk);
    int before = disk.syncs();
    int kept = 0;
    long begun = System.nanoTime();
    while (disk.syncs() < before + 2) {
      assertThat(journal.keep(List.of(commit(kept++ % 100))).isComplete())
          .as("waits for no disk")
          .isTrue();
      assertThat(System.nanoTime() - begun).isLessThan(TimeUnit.SECONDS.toNanos(20));
      TimeUnit.MILLISECONDS.sleep(20);
    }
    assertThat(disk.longestUnsynced())
        .as("one second, and what a busy machine adds")
        .isBetween(Duration.ofMillis(1), Duration.ofSeconds(2));
    get(journal.close());
    assertThat(all(folder)).hasSize(kept);
  }

  @Test
  void fullDisk_failsWhatWaitsSaysSoAndComesBack() throws Exception {
    SlowDisk disk = new SlowDisk();
    Journal journal = open(JournalConfig.in(folder), disk);
    get(journal.keep(List.of(commit(1))));
    disk.fill();
    assertThatThrownBy(() -> get(journal.keep(List.of(commit(2)))))
        .isInstanceOf(ExecutionException.class)
        .hasCauseInstanceOf(RegistryBusyException.class)
        .hasMessageContaining("No space left");
    assertThat(journal.fault()).hasValueSatisfying(why -> assertThat(why).contains("No space"));
    assertThat(journal.check().failed()).isTrue();
    assertThat(journal.keep(List.of(commit(3))).failed()).as("refused at once").isTrue();
    disk.empty();
    long begun = System.nanoTime();
    while (journal.fault().isPresent()) {
      assertThat(System.nanoTime() - begun).isLessThan(TimeUnit.SECONDS.toNanos(20));
      TimeUnit.MILLISECONDS.sleep(5);
    }
    get(journal.keep(List.of(commit(4))));
    get(journal.close());
    assertThat(all(folder)).containsExactly(commit(1), commit(4));
  }

  @Test
  void folder_belongsToOneNode() throws Exception {
    Journal journal = open();
    assertThatThrownBy(this::open)
        .isInstanceOf(IOException.class)
        .hasMessageContaining("another node");
    get(journal.close());
    get(open().close());
  }
}
