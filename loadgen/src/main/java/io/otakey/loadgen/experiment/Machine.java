package io.otakey.loadgen.experiment;

import com.sun.management.OperatingSystemMXBean;
import com.sun.management.UnixOperatingSystemMXBean;
import io.otakey.loadgen.stats.Trial;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Where runs run. */
final class Machine {
  private static final int OTHER_FILES = 500;
  private static final int FILES_THROUGH_A_PROXY = 3;

  private Machine() {}

  static double loadAverage() {
    return ManagementFactory.getOperatingSystemMXBean().getSystemLoadAverage();
  }

  /**
   * This machine.
   *
   * @param root of the project, whose commit is told
   * @param networks how they were played; null: there were none
   * @param load average before the run
   */
  static Trial.Environment here(Path root, String crypto, @Nullable String networks, double load) {
    var system = ManagementFactory.getPlatformMXBean(OperatingSystemMXBean.class);
    return new Trial.Environment(
        processor(),
        Runtime.getRuntime().availableProcessors(),
        system.getTotalMemorySize(),
        System.getProperty("os.name") + " " + System.getProperty("os.version"),
        "Java " + System.getProperty("java.version"),
        crypto,
        networks,
        commit(root),
        load);
  }

  /**
   * What is too much for the files that this process may have open, and what to do.
   *
   * @param experiment that this process is to run
   */
  static Optional<String> tooManyFiles(Experiment experiment) {
    var system = ManagementFactory.getOperatingSystemMXBean();
    if (!(system instanceof UnixOperatingSystemMXBean unix)) {
      return Optional.empty();
    }
    long wanted = OTHER_FILES;
    int processes = experiment.generator().processes();
    int each = experiment.generator().inFlight() / experiment.population().size();
    for (Experiment.Group group : experiment.population()) {
      if (group.isVirtual() && group.ownConnections()) {
        long devices = Math.min(group.devices(), each) / processes;
        wanted += devices * (group.network().isPresent() ? FILES_THROUGH_A_PROXY : 1);
      }
    }
    long allowed = unix.getMaxFileDescriptorCount();
    return wanted <= allowed
        ? Optional.empty()
        : Optional.of(
            "devices under way want "
                + wanted
                + " files of a process, which may have "
                + allowed
                + " (ulimit -n): lower generator.in-flight or raise generator.processes");
  }

  private static String processor() {
    try (Stream<String> lines = Files.lines(Path.of("/proc/cpuinfo"))) {
      return lines
          .filter(line -> line.startsWith("model name"))
          .map(line -> line.substring(line.indexOf(':') + 1).strip())
          .findFirst()
          .orElse(System.getProperty("os.arch"));
    } catch (IOException e) {
      return System.getProperty("os.arch");
    }
  }

  private static String commit(Path root) {
    try {
      Process git =
          new ProcessBuilder("git", "-C", root.toString(), "rev-parse", "--short", "HEAD")
              .redirectError(ProcessBuilder.Redirect.DISCARD)
              .start();
      String text = new String(git.getInputStream().readAllBytes(), StandardCharsets.US_ASCII);
      return text.isBlank() ? "unknown" : text.strip();
    } catch (IOException e) {
      return "unknown";
    }
  }
}
