package io.otakey.gateway.census;

import io.otakey.gateway.metric.Metric;
import java.util.List;

/**
 * One number of the fleet.
 *
 * @param labels one value for each label of the metric
 */
public record Reading(Metric metric, double value, List<String> labels) {
  /** Copies the list. */
  public Reading {
    labels = List.copyOf(labels);
  }
}
