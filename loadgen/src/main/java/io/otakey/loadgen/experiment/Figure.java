package io.otakey.loadgen.experiment;

import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;

/** What can be asserted: names, units, meanings. Times are kept in milliseconds, sizes in bytes. */
public enum Figure {
  DEVICES(Unit.COUNT, false, "devices of all groups"),
  ENROLLED(Unit.COUNT, false, "devices that hold a confirmed key at the end"),
  PROVEN(Unit.COUNT, false, "devices whose key the gateway serves at the end"),
  BRICKED(
      Unit.COUNT,
      false,
      "devices that the gateway serves under no key that they hold, nor lets them enroll again"),
  UNPROVEN(
      Unit.COUNT,
      false,
      "devices that hold a key of which neither came out within stop.patience; while there is one,"
          + " no assertion about bricked holds"),
  DONE(Unit.COUNT, true, "devices that came to the end of the phase; the least of all phases"),
  FAILED(Unit.COUNT, true, "devices that did not; the most of all phases"),
  DROPPED(Unit.COUNT, true, "of these, never started, since the generator had no room in time"),
  LATE(Unit.COUNT, true, "started over 50 ms late although there was room"),
  HELD(Unit.COUNT, true, "started late because too many were under way"),
  FAILURES(Unit.COUNT, true, "frames refused or lost with their connection, all reasons"),
  P50(Unit.TIME, true, "median, from the intended start to the end; the worst of all phases"),
  P90(Unit.TIME, true, "as p50, 90 %"),
  P99(Unit.TIME, true, "as p50, 99 %"),
  P999(Unit.TIME, true, "as p50, 99.9 %"),
  MAX(Unit.TIME, true, "as p50, the longest"),
  SECONDS(Unit.TIME, true, "the whole phase; all phases together"),
  RATE(Unit.RATE, true, "devices through per second; the slowest phase"),
  BYTES_OUT(Unit.BYTES, true, "frames of a device to the gateway; the most of all phases"),
  BYTES_IN(Unit.BYTES, true, "frames of the gateway to a device; the most of all phases"),
  GATEWAY_CPU(Unit.TIME, true, "CPU of all nodes for each device; the most of all phases"),
  DATABASE_CPU(Unit.TIME, true, "CPU of PostgreSQL for each device; the most of all phases"),
  GATEWAY_MEMORY(Unit.BYTES, true, "resident memory of all nodes, at most"),
  COMMIT_BATCH(
      Unit.COUNT,
      true,
      "devices that a node commits in one transaction, on average; the fewest of all phases"),
  GENERATOR_BUSY(Unit.SHARE, false, "of a core, the busiest event loop of the generator"),
  DEVICE_MEMORY(
      Unit.BYTES, false, "heap of the generator for each idle virtual device, of 10,000 at least"),
  FRAMES_OUT(Unit.COUNT, false, "of groups only: frames that a device sent, the proof included"),
  FRAMES_IN(Unit.COUNT, false, "of groups only: answers that it got"),
  SOCKET_OUT(Unit.BYTES, false, "of groups only: bytes that it sent, MQTT or HTTP included"),
  SOCKET_IN(Unit.BYTES, false, "of groups only: bytes that it got"),
  POWER_CUTS(Unit.COUNT, false, "flash operations, by number, at which power was cut"),
  FLASH_STEPS(Unit.COUNT, false, "flash operations that an undisturbed device took there"),
  OVERWRITE_BRICKED(
      Unit.COUNT, false, "devices of a scheme that overwrites its only key, under the same faults"),
  OUTAGES(Unit.COUNT, false, "times that a device's credential was refused by its platform"),
  PROBES(Unit.COUNT, false, "logins that only saw whether a device's credential works"),
  OLD_SECRETS_ACCEPTED(Unit.COUNT, false, "replaced secrets that a platform still took at the end"),
  UPDATE_BYTES(
      Unit.BYTES, false, "on the wire, with TCP and IP, for a next key by OTA-Key, its best way"),
  OTHER_UPDATE_BYTES(
      Unit.BYTES, false, "the same of the best other scheme that sends no key in the clear"),
  UPDATE_TIME_RATIO(
      Unit.COUNT,
      false,
      "computed time of OTA-Key's next key beside the quickest such scheme, on its worst network");

  /** What kind of number. */
  public enum Unit {
    COUNT("a number", ""),
    TIME("a time, with us, ms, s, m or h", "us|ms|s|m|h"),
    SHARE("a share, with %", "%"),
    RATE("a rate, with /s", "/s"),
    BYTES("a size, with B, KB or MB", "B|KB|MB");

    private final String words;
    private final String suffixes;

    Unit(String words, String suffixes) {
      this.words = words;
      this.suffixes = suffixes;
    }

    String words() {
      return words;
    }

    boolean has(String suffix) {
      return Arrays.asList(suffixes.split("\\|", -1)).contains(suffix);
    }
  }

  private final Unit unit;
  private final boolean ofPhases;
  private final String meaning;

  Figure(Unit unit, boolean ofPhases, String meaning) {
    this.unit = unit;
    this.ofPhases = ofPhases;
    this.meaning = meaning;
  }

  /** Its name in files. */
  public String key() {
    return name().toLowerCase(Locale.ROOT).replace('_', '-');
  }

  /** What kind of number it is. */
  public Unit unit() {
    return unit;
  }

  /** Whether each group has one of its own, where there are several: {@code GROUP.enrolled}. */
  public boolean isOfGroups() {
    return switch (this) {
      case DEVICES,
          ENROLLED,
          PROVEN,
          BRICKED,
          UNPROVEN,
          FRAMES_OUT,
          FRAMES_IN,
          SOCKET_OUT,
          SOCKET_IN ->
          true;
      case FAILURES, GATEWAY_CPU, DATABASE_CPU, GATEWAY_MEMORY, COMMIT_BATCH -> false;
      default -> ofPhases;
    };
  }

  /** What a figure that is not of phases is for two crowds together. */
  double merged(double a, double b) {
    return switch (this) {
      case ENROLLED,
          PROVEN,
          BRICKED,
          UNPROVEN,
          FRAMES_OUT,
          FRAMES_IN,
          SOCKET_OUT,
          SOCKET_IN,
          OUTAGES,
          PROBES,
          OLD_SECRETS_ACCEPTED ->
          a + b;
      default -> Math.max(a, b);
    };
  }

  /** Whether the crowd's sum is to be divided by its devices. */
  boolean isForEach() {
    return this == FRAMES_OUT || this == FRAMES_IN || this == SOCKET_OUT || this == SOCKET_IN;
  }

  /** Whether each phase has one of its own, as {@code enroll.p99}. */
  public boolean isOfPhases() {
    return ofPhases;
  }

  /** What it is, for people. */
  public String meaning() {
    return meaning;
  }

  static Optional<Figure> of(String key) {
    return Arrays.stream(values()).filter(figure -> figure.key().equals(key)).findFirst();
  }
}
