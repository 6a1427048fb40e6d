package io.otakey.loadgen.experiment;

import io.otakey.loadgen.link.Endpoint;
import io.otakey.loadgen.node.Admin;
import io.otakey.loadgen.node.AtExit;
import io.otakey.loadgen.node.NodeException;
import io.otakey.loadgen.stats.Glimpse;
import io.otakey.loadgen.stats.Tally;
import java.io.File;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/**
 * A group of emulated chips, each an nRF51 in QEMU with the real image and its drivers, its UART
 * bridged to the gateway. They go their own way as those of {@link HostFleet} do, but rotate once
 * at most, and what they reached is what the gateway committed: it takes a CONFIRM only under the
 * key that it gave.
 */
final class ChipCrowd implements Crowd {
  /** Where chips want their factory page. */
  static final String BUNDLE_PAGE = "0x0003F000";

  private static final String IMAGE = "firmware-nrf52/build/microbit/otakey.hex";
  private static final String MERGE = "firmware-nrf52/tools/merge.py";
  private static final String EMULATOR = "qemu-system-arm";
  private static final long IDENTITY_PAGE = 0x3c000;
  private static final int LOOK_MILLIS = 250;

  private final String group;
  private final String product;
  private final List<String> ids = new ArrayList<>();
  private final List<List<String>> commands = new ArrayList<>();
  private final List<Process> chips = new ArrayList<>();
  private final Admin admin;
  private final Path folder;
  private final int due;
  private final long patience;
  private long began;
  private long deadline = Long.MAX_VALUE;
  private boolean proving;
  private boolean stopped;

  /** Emulators would outlive this process otherwise, should somebody end it. */
  private final AtExit atExit = new AtExit(this::end, "end of chips");

  /**
   * Starts nothing yet.
   *
   * @param root of the project
   * @param bundle of the product for {@link #BUNDLE_PAGE}, as Intel HEX
   * @param gateway its MQTT listener
   * @param folder for images and logs
   */
  ChipCrowd(
      Experiment experiment,
      int index,
      Path root,
      Path bundle,
      Endpoint gateway,
      Admin admin,
      Path folder)
      throws NodeException, InterruptedException {
    Experiment.Group own = experiment.population().get(index);
    this.group = experiment.title(index);
    this.product = own.product();
    this.admin = admin;
    this.folder = folder;
    this.patience = experiment.stop().patience().toNanos();
    boolean rotates =
        experiment.phases().stream().anyMatch(phase -> phase.act() == Phase.Act.ROTATE);
    this.due = rotates ? 2 : 1;
    int run = (int) System.nanoTime(); // so that runs on one gateway do not meet
    Path image = folder.resolve(group + ".hex");
    run(
        "python3",
        root.resolve(MERGE).toString(),
        root.resolve(IMAGE).toString(),
        bundle.toString(),
        image.toString());
    for (int number = 0; number < own.devices(); number++) {
      ids.add(String.format(Locale.ROOT, "%08x%08x", number, run));
      Path identity = folder.resolve(group + "-" + number + ".identity");
      write(identity, run, number, rotates);
      commands.add(command(image, identity, gateway.port()));
    }
  }

  /** What is missing, and the command that makes it. */
  static Optional<String> missing(Path root) {
    if (Files.notExists(root.resolve(IMAGE))) {
      return Optional.of(
          "devices of kind chip are not built: make -C firmware-nrf52 deps arm (needs the cross"
              + " compiler: make -C firmware-nrf52 deps-arm, as root)");
    }
    String path = Optional.ofNullable(System.getenv("PATH")).orElse("");
    boolean emulated =
        Arrays.stream(path.split(File.pathSeparator, -1))
            .anyMatch(place -> Files.isExecutable(Path.of(place).resolve(EMULATOR)));
    return emulated
        ? Optional.empty()
        : Optional.of(
            EMULATOR + " is missing, for devices of kind chip: make -C firmware-nrf52 deps-arm");
  }

  private static void run(String... words) throws NodeException, InterruptedException {
    try {
      Process process = new ProcessBuilder(words).redirectErrorStream(true).start();
      String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      if (process.waitFor() != 0) {
        throw new NodeException(String.join(" ", words) + ": " + said.strip());
      }
    } catch (IOException e) {
      throw new NodeException(words[0] + " cannot be started", e);
    }
  }

  /** What a real chip has in its registers: its id; and whether it wishes to rotate. */
  private static void write(Path file, int run, int number, boolean rotates) throws NodeException {
    ByteBuffer words = ByteBuffer.allocate(12).order(ByteOrder.LITTLE_ENDIAN);
    words.putInt(run).putInt(number).putInt(rotates ? 1 : 0);
    try {
      Files.write(file, words.array());
    } catch (IOException e) {
      throw new NodeException(file + " cannot be written", e);
    }
  }

  private static List<String> command(Path image, Path identity, int port) {
    return List.of(
        EMULATOR,
        "-M",
        "microbit",
        "-nodefaults",
        "-nographic",
        "-monitor",
        "none",
        "-chardev",
        "socket,id=u0,host=127.0.0.1,port=" + port + ",reconnect=1",
        "-serial",
        "chardev:u0",
        "-device",
        "loader,file=" + image,
        "-device",
        String.format(
            Locale.ROOT, "loader,file=%s,addr=0x%x,force-raw=on", identity, IDENTITY_PAGE));
  }

  @Override
  public void begin(Phase phase) throws NodeException {
    proving = phase.act() == Phase.Act.PROVE;
    if (proving) {
      deadline = System.nanoTime() + patience;
    }
    if (!chips.isEmpty()) {
      return;
    }
    began = System.nanoTime();
    try {
      for (int number = 0; number < commands.size(); number++) {
        chips.add(
            new ProcessBuilder(commands.get(number))
                .redirectErrorStream(true)
                .redirectOutput(folder.resolve(group + "-" + number + ".log").toFile())
                .start());
      }
    } catch (IOException e) {
      throw new NodeException("the emulator cannot be started", e);
    }
  }

  @Override
  public boolean await(long millis) throws NodeException, InterruptedException {
    if (!proving || stopped || System.nanoTime() - deadline > 0) {
      return true;
    }
    Optional<Process> dead = chips.stream().filter(chip -> !chip.isAlive()).findFirst();
    if (dead.isPresent()) {
      throw new NodeException("an emulated chip ended with " + dead.get().exitValue());
    }
    if (reached(due) == ids.size()) {
      return true;
    }
    TimeUnit.MILLISECONDS.sleep(LOOK_MILLIS);
    return false;
  }

  private long reached(long epoch) throws NodeException, InterruptedException {
    long count = 0;
    for (String id : ids) {
      count += admin.epoch(product, id) >= epoch ? 1 : 0;
    }
    return count;
  }

  @Override
  public long done() {
    return 0;
  }

  @Override
  public Glimpse glimpse() {
    return new Glimpse();
  }

  @Override
  public void stop() {
    stopped = true;
  }

  @Override
  public Outcome outcome() throws NodeException, InterruptedException {
    if (!proving) {
      return new Outcome(List.of(), 0);
    }
    Tally tally = new Tally();
    tally.count(ids.size(), reached(due));
    double seconds = (System.nanoTime() - began) / 1e9;
    return new Outcome(List.of(new Part(group, ids.size(), tally)), seconds);
  }

  @Override
  public Ending ending() throws NodeException, InterruptedException {
    Map<Figure, Double> own = new EnumMap<>(Figure.class);
    double enrolled = reached(1);
    double proven = reached(due);
    own.put(Figure.ENROLLED, enrolled);
    own.put(Figure.PROVEN, proven);
    own.put(Figure.BRICKED, 0.0); // the gateway hears of no failure: those are unproven
    own.put(Figure.UNPROVEN, enrolled - proven);
    return new Ending(new EnumMap<>(own), Map.of(group, own), List.of(), List.of(), List.of(), "");
  }

  private void end() {
    chips.forEach(Process::destroyForcibly);
  }

  @Override
  public void close() {
    end();
    atExit.close();
  }
}
