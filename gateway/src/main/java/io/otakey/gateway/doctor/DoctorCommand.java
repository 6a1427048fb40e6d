package io.otakey.gateway.doctor;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.otakey.gateway.doctor.Finding.Level;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code otakey doctor}. Exit code 0: a gateway may start; 1: not yet; 2: wrong command line. */
@Command(
    name = "doctor",
    description = {
      "Looks whether a gateway could run on this machine with this configuration, and says what to"
          + " mend. Starts none and changes nothing."
    },
    mixinStandardHelpOptions = true,
    footer = {"", "Exit code: 0 nothing must be mended, 1 something must, 2 wrong command line."})
public final class DoctorCommand implements Callable<Integer> {
  private static final ObjectMapper JSON = new ObjectMapper();

  @Option(
      names = "--config",
      paramLabel = "FILE",
      description = "YAML file; the environment goes over it.")
  private @Nullable Path file;

  @Option(names = "--json", description = "Print JSON instead of lines.")
  private boolean json;

  @Spec private @Nullable CommandSpec spec;

  private final Map<String, String> environment;

  /** As {@code otakey doctor}. */
  public DoctorCommand() {
    this(System.getenv());
  }

  /** With an environment of its own, for tests. */
  DoctorCommand(Map<String, String> environment) {
    this.environment = Map.copyOf(environment);
  }

  @Override
  public Integer call() throws JsonProcessingException {
    List<Finding> findings = Doctor.examine(Optional.ofNullable(file), environment);
    PrintWriter out = Objects.requireNonNull(spec).commandLine().getOut();
    if (json) {
      out.println(JSON.writerWithDefaultPrettyPrinter().writeValueAsString(tree(findings)));
    } else {
      findings.forEach(finding -> print(finding, out));
      out.println(summary(findings));
    }
    out.flush();
    return count(findings, Level.FAULT) == 0 ? 0 : 1;
  }

  private static void print(Finding finding, PrintWriter out) {
    out.printf(Locale.ROOT, "%-6s %-13s  %s%n", mark(finding), finding.check(), finding.what());
    if (!finding.remedy().isEmpty()) {
      out.printf(Locale.ROOT, "%-6s %-13s  -> %s%n", "", "", finding.remedy());
    }
  }

  private static String mark(Finding finding) {
    return switch (finding.level()) {
      case OK -> "ok";
      case UNKNOWN -> "?";
      case WARNING -> "warn";
      case FAULT -> "FAULT";
    };
  }

  private static String summary(List<Finding> findings) {
    long faults = count(findings, Level.FAULT);
    long warnings = count(findings, Level.WARNING);
    String text = faults + (faults == 1 ? " fault, " : " faults, ");
    text += warnings + (warnings == 1 ? " warning" : " warnings");
    return faults == 0 ? text : text + ": mend the faults before a gateway is started";
  }

  private static ObjectNode tree(List<Finding> findings) {
    ObjectNode root = JSON.createObjectNode();
    root.put("faults", count(findings, Level.FAULT));
    root.put("warnings", count(findings, Level.WARNING));
    for (Finding finding : findings) {
      root.withArray("findings")
          .addObject()
          .put("check", finding.check())
          .put("level", finding.level().name().toLowerCase(Locale.ROOT))
          .put("what", finding.what())
          .put("remedy", finding.remedy());
    }
    return root;
  }

  private static long count(List<Finding> findings, Level level) {
    return findings.stream().filter(finding -> finding.level() == level).count();
  }
}
