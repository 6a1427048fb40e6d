package io.otakey.gateway.metric;

import io.micrometer.core.instrument.MeterRegistry;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.Properties;

/**
 * Which build this is.
 *
 * @param version of the release
 * @param commit of the sources, {@code unknown} if they were built without their history
 */
public record BuildInfo(String version, String commit) {
  /** What the build wrote beside the classes. */
  public static BuildInfo read() {
    Properties written = new Properties();
    try (InputStream file = BuildInfo.class.getResourceAsStream("/otakey-build.properties")) {
      if (file == null) {
        throw new IllegalStateException("otakey-build.properties is missing: build anew");
      }
      written.load(file);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return new BuildInfo(
        written.getProperty("version", "unknown"), written.getProperty("commit", "unknown"));
  }

  /** Shows it beside all other numbers. */
  public void show(MeterRegistry meters) {
    Metric.BUILD.gauge(meters, this, build -> 1, version, commit);
  }
}
