package io.otakey.loadgen.scenario;

import java.util.Locale;

/**
 * The device ids of a run: prefix and a number of at least seven digits. Generators on several
 * machines share a fleet by different start numbers.
 */
public record IdRange(String prefix, long start) {
  /** Id of the nth device, n from 0. */
  public String id(int n) {
    return prefix + String.format(Locale.ROOT, "%07d", start + n);
  }
}
