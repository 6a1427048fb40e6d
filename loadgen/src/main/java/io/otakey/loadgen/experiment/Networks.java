package io.otakey.loadgen.experiment;

import io.otakey.loadgen.link.Endpoint;
import java.util.Set;

/** Networks by name, between devices and a gateway. */
public interface Networks extends AutoCloseable {
  /** The gateway is right there. */
  Networks NONE =
      new Networks() {
        @Override
        public Endpoint to(Endpoint gateway, String name) {
          throw new IllegalArgumentException("no network " + name);
        }

        @Override
        public void close() {}
      };

  /** Names of presets that files may use. */
  Set<String> NAMES = Set.of();

  /**
   * Where devices connect so that what they say goes through that network.
   *
   * @param gateway where it ends
   * @param name one of {@link #NAMES}
   */
  Endpoint to(Endpoint gateway, String name);

  @Override
  void close();
}
