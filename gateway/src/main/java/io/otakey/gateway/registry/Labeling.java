package io.otakey.gateway.registry;

import java.util.List;

/**
 * What became of a change of labels.
 *
 * @param labeled devices whose labels are as ordered now, by id
 * @param changed how many of these were not before
 * @param unknown devices that are not there, or removed
 * @param full devices that would have more than {@link Labels#MOST}; their labels stay
 */
public record Labeling(List<String> labeled, int changed, List<String> unknown, List<String> full) {
  /** Copies the lists. */
  public Labeling {
    labeled = List.copyOf(labeled);
    unknown = List.copyOf(unknown);
    full = List.copyOf(full);
  }
}
