package io.otakey.loadgen.experiment;

import io.otakey.loadgen.stats.Result;
import io.otakey.loadgen.stats.Trial;

/** Where a run is looked at while it goes on. */
public interface View {
  /** Nobody looks. */
  View NONE =
      new View() {
        @Override
        public void says(String text) {}

        @Override
        public void begins(String phase, long devices) {}

        @Override
        public void shows(Trial.Sample sample) {}

        @Override
        public void ends(Result.Phase phase) {}
      };

  /** Something that happened. */
  void says(String text);

  /** A phase begins. */
  void begins(String phase, long devices);

  /** How it is, twice a second. */
  void shows(Trial.Sample sample);

  /** The phase is over. */
  void ends(Result.Phase phase);
}
