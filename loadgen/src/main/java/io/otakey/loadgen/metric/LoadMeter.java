package io.otakey.loadgen.metric;

import java.util.List;

/** Every meter of the load generator, as docs/metrics.md has it. */
public enum LoadMeter {
  /** Devices now, by how far they are. */
  DEVICES(
      "otakey_loadgen_devices",
      Kind.GAUGE,
      "Devices of the present phase, or of the fleet that lives: `planned`, `started`, and `done`,"
          + " which is where the phase takes them, or at rest",
      "state"),
  /** Devices now, by where they are. */
  DEVICES_AT(
      "otakey_loadgen_devices_at",
      Kind.GAUGE,
      "Devices of a living fleet by the platform that their key is for; `none`: no platform, or no"
          + " key yet",
      "platform"),
  /** What devices went through. */
  EVENTS(
      "otakey_loadgen_events_total",
      Kind.COUNTER,
      "What devices went through: `enrolled`, `rotations`, `polls`, of a living fleet also `moves`,"
          + " `logins`, `probes`, `outages` and others",
      "event"),
  /** Frames out. */
  FRAMES("otakey_loadgen_frames_total", Kind.COUNTER, "Frames that devices of `enroll` sent"),
  /** What went wrong. */
  FAILURES(
      "otakey_loadgen_failures_total",
      Kind.COUNTER,
      "Frames of `enroll` that came to nothing: `connection_lost`, or the code of the ERROR;"
          + " devices try again",
      "reason"),
  /** Whether the generator keeps up. */
  STARTS_LATE(
      "otakey_loadgen_starts_late_total",
      Kind.COUNTER,
      "Devices that started more than 50 ms after their time since the generator could not"
          + " (`generator`), or since too many were under way (`held`)",
      "why"),
  /** How long things took. */
  LATENCY(
      "otakey_loadgen_latency_seconds",
      Kind.HISTOGRAM,
      "From a device's intended start to the end of its phase (`enroll`, `rotate`, `prove`); of a"
          + " living fleet from a frame to its answer (`frame`)",
      "of");

  /** Prometheus' types. */
  public enum Kind {
    GAUGE,
    COUNTER,
    HISTOGRAM
  }

  private final String text;
  private final Kind kind;
  private final String about;

  @SuppressWarnings("ImmutableEnumChecker") // List.of
  private final List<String> labels;

  LoadMeter(String text, Kind kind, String about, String... labels) {
    this.text = text;
    this.kind = kind;
    this.about = about;
    this.labels = List.of(labels);
  }

  /** Its name at Prometheus, without what a histogram's parts have at the end. */
  public String text() {
    return text;
  }

  /** Its type. */
  public Kind kind() {
    return kind;
  }

  /** What it counts, in Markdown. */
  public String about() {
    return about;
  }

  /** Their values are few, and known beforehand. */
  public List<String> labels() {
    return labels;
  }
}
