package io.otakey.loadgen.file;

import java.util.Collection;
import java.util.Comparator;
import java.util.Optional;

/** The word that was meant, where another one was written. */
public final class Nearest {
  private static final int MOST_CHANGES = 2;

  private Nearest() {}

  /** Says which of these was meant, as a text goes on; empty if none is near. */
  public static String hint(String written, Collection<String> known) {
    return of(written, known).map(word -> "; did you mean " + word + "?").orElse("");
  }

  private static Optional<String> of(String written, Collection<String> known) {
    return known.stream()
        .filter(word -> changes(written, word) <= Math.min(MOST_CHANGES, word.length() / 2))
        .min(Comparator.comparingInt(word -> changes(written, word)));
  }

  /** How many letters have to be put in, taken out or changed. */
  private static int changes(String from, String to) {
    int[] row = new int[to.length() + 1];
    for (int j = 0; j < row.length; j++) {
      row[j] = j;
    }
    for (int i = 1; i <= from.length(); i++) {
      int before = row[0];
      row[0] = i;
      for (int j = 1; j < row.length; j++) {
        int changed = before + (from.charAt(i - 1) == to.charAt(j - 1) ? 0 : 1);
        before = row[j];
        row[j] = Math.min(changed, 1 + Math.min(row[j], row[j - 1]));
      }
    }
    return row[row.length - 1];
  }
}
