package io.otakey.gateway.doctor;

import com.sun.management.HotSpotDiagnosticMXBean;
import com.sun.management.OperatingSystemMXBean;
import com.sun.management.UnixOperatingSystemMXBean;
import io.otakey.gateway.config.GatewayConfig;
import io.otakey.protocol.crypto.X25519;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.TimeUnit;

/** The machine and the JVM: files, memory, clock, curve. */
final class MachineCheck {
  /** Beside connections of devices: the runbook's word. */
  private static final int OTHER_FILES = 1000;

  /** Of the heap, for an idle MQTT connection, as docs/benchmarks.md measured. */
  private static final long PLAIN_BYTES = 8_200;

  private static final long TLS_BYTES = 13_400;

  private MachineCheck() {}

  /** What holds whatever is configured. */
  static List<Finding> machine() {
    List<Finding> findings = new ArrayList<>();
    findings.add(Finding.ok("java", Runtime.version() + " of " + System.getProperty("java.home")));
    X25519.Choice curve = X25519.choose();
    findings.add(
        curve.notes().isEmpty()
            ? Finding.ok("curve", "X25519 by " + curve.x25519().provider())
            : Finding.warning(
                "curve",
                "X25519 by " + curve.x25519().provider() + ", " + String.join(", ", curve.notes()),
                "it works, more slowly: use a system that Conscrypt has a library for"));
    findings.add(clock());
    return findings;
  }

  /** What depends on how much is to be served. */
  static List<Finding> capacity(GatewayConfig config) {
    java.lang.management.OperatingSystemMXBean system =
        ManagementFactory.getOperatingSystemMXBean();
    int connections = config.limits().maxConnections();
    List<Finding> findings = new ArrayList<>();
    if (system instanceof UnixOperatingSystemMXBean unix) {
      findings.add(files(unix.getMaxFileDescriptorCount(), connections));
    }
    HotSpotDiagnosticMXBean jvm =
        ManagementFactory.getPlatformMXBean(HotSpotDiagnosticMXBean.class);
    long heap = Long.parseLong(jvm.getVMOption("MaxHeapSize").getValue());
    findings.add(heap(heap, connections, config.mqtts().enabled()));
    if (system instanceof OperatingSystemMXBean machine) {
      long pages =
          config.database().external().isPresent()
              ? 0
              : (long) config.database().embedded().sharedBuffersMb() << 20;
      findings.add(memory(machine.getTotalMemorySize(), heap, pages));
    }
    return findings;
  }

  static Finding files(long most, int connections) {
    long needed = (long) connections + OTHER_FILES;
    String text =
        String.format(
            Locale.ROOT,
            "%,d files may be open; limits.maxConnections and a thousand to spare need %,d",
            most,
            needed);
    return most >= needed
        ? Finding.ok("open files", text)
        : Finding.fault(
            "open files",
            text,
            "raise LimitNOFILE or ulimit -n, or set limits.maxConnections to "
                + Math.max(1, most - OTHER_FILES)
                + " at most");
  }

  /** Half of it is for what is being done. */
  static Finding heap(long heap, int connections, boolean tls) {
    long needed = connections * (tls ? TLS_BYTES : PLAIN_BYTES);
    String text =
        String.format(
            Locale.ROOT,
            "%,d MB; limits.maxConnections idle connections%s take %,d MB of it",
            heap >> 20,
            tls ? " with TLS" : "",
            needed >> 20);
    return needed <= heap / 2
        ? Finding.ok("heap", text)
        : Finding.warning(
            "heap",
            text + ", more than half",
            "set OTAKEY_JAVA_OPTIONS=-Xmx"
                + (((2 * needed) >> 20) + 1)
                + "m, or lower limits.maxConnections");
  }

  static Finding memory(long memory, long heap, long pages) {
    String text =
        String.format(
            Locale.ROOT,
            "%,d MB in the machine; the heap%s %,d MB",
            memory >> 20,
            pages == 0 ? " takes" : " and pages of the embedded PostgreSQL take",
            (heap + pages) >> 20);
    return heap + pages <= memory
        ? Finding.ok("memory", text)
        : Finding.fault(
            "memory", text, "lower -Xmx in OTAKEY_JAVA_OPTIONS, or database.sharedBuffersMb");
  }

  private static Finding clock() {
    try {
      Process asked =
          new ProcessBuilder("timedatectl", "show", "--property=NTPSynchronized", "--value")
              .redirectErrorStream(true)
              .start();
      asked.getOutputStream().close();
      if (!asked.waitFor(3, TimeUnit.SECONDS)) {
        asked.destroyForcibly();
        return Finding.unknown("clock", "timedatectl does not answer");
      }
      return clock(new String(asked.getInputStream().readAllBytes(), StandardCharsets.UTF_8));
    } catch (IOException e) {
      return Finding.unknown("clock", "whether NTP keeps it: there is no timedatectl here");
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return Finding.unknown("clock", "interrupted");
    }
  }

  static Finding clock(String answer) {
    return switch (answer.strip()) {
      case "yes" -> Finding.ok("clock", "kept by NTP");
      case "no" ->
          Finding.warning(
              "clock", "not kept by NTP", "timedatectl set-ntp true, or run another NTP client");
      default -> Finding.unknown("clock", "whether NTP keeps it: timedatectl cannot say here");
    };
  }
}
