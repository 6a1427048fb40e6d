package io.otakey.loadgen.experiment;

import io.otakey.loadgen.file.Field;
import io.otakey.loadgen.file.Problems;
import io.otakey.loadgen.file.Problems.Checked;
import java.time.Duration;
import java.util.Optional;

/** One thing that all devices do. */
public record Phase(
    @Field(value = "What they do.", name = "do") Act act,
    @Field(
            value = "Its name in figures and faults, if it is not that.",
            pattern = "[a-z][a-z0-9-]{0,19}",
            words = "lower-case letters, digits and dashes, a letter first, 20 at most")
        Optional<String> name,
    @Field("When they start, in this phase.") Optional<Experiment.Arrival> arrival,
    @Field(value = "How long an idle phase takes.", name = "for", min = 0.1)
        Optional<Duration> time,
    @Field("The platform that devices move to.") Optional<String> to)
    implements Checked {
  /** The end of every run. */
  static final Phase PROOF =
      new Phase(
          Act.PROVE, Optional.of("proof"), Optional.empty(), Optional.empty(), Optional.empty());

  /** What devices can be made to do. */
  public enum Act {
    /** Get a first key. */
    ENROLL,
    /** Get the next key. */
    ROTATE,
    /** Nothing. */
    IDLE,
    /** Come with a connection, ask whether something is wanted of them, and go. */
    CHURN,
    /** Are switched on, all again: they wait as the protocol says, then ask. */
    POWER_UP,
    /** Move to another platform, by a campaign. */
    RE_HOME,
    /** Get the next key from a gateway whose database was lost and is rebuilt from them. */
    RECOVER,
    /** Show that their key is served; every run ends so. */
    PROVE
  }

  @Override
  public void check(Problems problems) {
    if (act == Act.IDLE && time.isEmpty()) {
      problems.at("do", "idle needs for: how long");
    }
    if (act != Act.IDLE && time.isPresent()) {
      problems.at("for", "is for do: idle only: remove it");
    }
    if (act == Act.RE_HOME && to.isEmpty()) {
      problems.at("do", "re-home needs to: the platform");
    }
    if (act != Act.RE_HOME && to.isPresent()) {
      problems.at("to", "is for do: re-home only: remove it");
    }
  }

  /** What one of several generators does of it. */
  Phase share(int shards) {
    return new Phase(act, name, arrival.map(each -> each.share(shards)), time, to);
  }

  /** What it is called. */
  public String title() {
    return name.orElseGet(() -> act.name().toLowerCase(java.util.Locale.ROOT).replace('_', '-'));
  }
}
