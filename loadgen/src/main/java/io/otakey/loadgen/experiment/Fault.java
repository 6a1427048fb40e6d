package io.otakey.loadgen.experiment;

import io.otakey.loadgen.file.Field;
import io.otakey.loadgen.file.Problems;
import io.otakey.loadgen.file.Problems.Checked;
import java.time.Duration;
import java.util.Optional;

/** Something that goes wrong in the middle of a phase. */
public record Fault(
    @Field(value = "What.", name = "do") Kind kind,
    @Field("Name of the phase in which it happens.") String phase,
    @Field(value = "Share of the devices that are through by then.", fallback = "30%", max = 1)
        double at,
    @Field(value = "How long it lasts.", name = "for", fallback = "1s", max = 3600) Duration time,
    @Field("The platform that is switched off.") Optional<String> platform,
    @Field("The network whose streams stall or are cut.") Optional<String> network,
    @Field(
            value =
                "Power is cut of the first device at its first flash operation, and so on; the"
                    + " device after so many begins again.",
            fallback = "1",
            min = 1,
            max = 10_000)
        int steps)
    implements Checked {
  /** What can go wrong. */
  public enum Kind {
    /** SIGKILL of a node, and a new start. */
    GATEWAY_KILL,
    /** SIGKILL of PostgreSQL; the gateway starts it again. */
    DATABASE_KILL,
    /** SIGSTOP of PostgreSQL: it hangs, and goes on. */
    DATABASE_STOP,
    /** A platform is switched off; the proof waits for it to be back. */
    PLATFORM_OUTAGE,
    /** Nothing arrives on any stream through a network; then everything, in order. */
    NETWORK_STALL,
    /** Every stream through a network ends at once; new ones are taken. */
    NETWORK_CUT,
    /** Each device loses power in the middle of a flash operation. */
    POWER_CUT;

    /** Whether it happens between devices and gateway. */
    boolean isOfNetwork() {
      return this == NETWORK_STALL || this == NETWORK_CUT;
    }
  }

  @Override
  public void check(Problems problems) {
    if (kind == Kind.PLATFORM_OUTAGE && platform.isEmpty()) {
      problems.at("do", "platform-outage needs platform: which one");
    }
    if (kind.isOfNetwork() && network.isEmpty()) {
      problems.at("do", "network-stall and network-cut need network: which one");
    }
  }
}
