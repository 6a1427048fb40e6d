package io.otakey.loadgen.experiment;

import io.otakey.loadgen.file.Field;
import io.otakey.loadgen.file.Problems;
import io.otakey.loadgen.file.Problems.Checked;
import java.util.List;

/** One quantity and its values. */
public record Vary(
    @Field("Which quantity.") Quantity what, @Field("Its values.") List<Double> values)
    implements Checked {
  private static final double MOST_LOSS = 0.99;
  private static final int MOST_NODES = 8;

  /** What may be varied. */
  public enum Quantity {
    /** Devices of all groups together. */
    DEVICES("whole, 1 or more"),
    /** Starts per second. */
    RATE("0 or more"),
    /** Chance of a frame to be lost. */
    LOSS("from 0 to " + MOST_LOSS),
    /** Nodes of the gateway. */
    NODES("whole, from 1 to " + MOST_NODES);

    private final String bounds;

    Quantity(String bounds) {
      this.bounds = bounds;
    }

    private boolean takes(double value) {
      boolean isCount = value >= 1 && value == Math.rint(value);
      return switch (this) {
        case DEVICES -> isCount;
        case RATE -> value >= 0;
        case LOSS -> value >= 0 && value <= MOST_LOSS;
        case NODES -> isCount && value <= MOST_NODES;
      };
    }
  }

  @Override
  public void check(Problems problems) {
    if (values.isEmpty()) {
      problems.at("values", "must have one at least");
    }
    if (!values.stream().allMatch(what::takes)) {
      problems.at("values", "must be " + what.bounds);
    }
  }
}
