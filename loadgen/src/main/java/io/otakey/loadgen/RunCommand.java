package io.otakey.loadgen;

import io.otakey.loadgen.experiment.Experiment;
import io.otakey.loadgen.experiment.Runner;
import io.otakey.loadgen.experiment.View;
import io.otakey.loadgen.file.FileException;
import io.otakey.loadgen.file.RecordReader;
import io.otakey.loadgen.file.Scale;
import io.otakey.loadgen.network.Netem;
import io.otakey.loadgen.network.NetworkNamespace;
import io.otakey.loadgen.node.NodeException;
import io.otakey.loadgen.report.JsonReport;
import io.otakey.loadgen.report.TrialFiles;
import io.otakey.loadgen.report.TrialTable;
import io.otakey.loadgen.stats.Trial;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Help.Ansi;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Runs an experiment from its file. */
@Command(
    name = "run",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    description =
        "Runs an experiment and writes its report: report.html, result.json, figures.csv,"
            + " phases.csv, samples.csv, latency.hlog. Exit code 0 if all that the file asserts held, 1 if not,"
            + " 2 if the file is wrong, 3 if the gateway failed. docs/experiments.md tells how"
            + " files are written.")
final class RunCommand implements Callable<Integer> {
  private static final int FAILED = 3;

  @Spec private CommandSpec spec = CommandSpec.create();

  @Parameters(paramLabel = "FILE", description = "The experiment, in YAML.")
  private Path file = Path.of("");

  @Option(
      names = "--scale",
      description = "tiny, small or full, where the file has a value for each (${DEFAULT-VALUE}).")
  private Scale scale = Scale.SMALL;

  @Option(
      names = "--out",
      description = "Folder of the report (target/experiments/NAME of the project).")
  private @Nullable Path out;

  @Option(
      names = "--netem",
      paramLabel = "WHEN",
      description =
          "auto, always or never: whether the kernel's netem plays the networks of devices, in a"
              + " network namespace of the run's own, or a proxy (${DEFAULT-VALUE}).")
  private Netem.Use netem = Netem.Use.AUTO;

  @Option(names = "--check", description = "Only say what is wrong with the file.")
  private boolean check;

  @Option(names = "--json", description = "Print the result as JSON, and nothing else.")
  private boolean json;

  @Option(names = "--quiet", description = "Print nothing but what is wrong.")
  private boolean quiet;

  @Override
  public Integer call() throws IOException, InterruptedException {
    if (!Files.isReadable(file) || Files.isDirectory(file)) {
      throw new ParameterException(spec.commandLine(), file + " is no file that can be read");
    }
    String text = text();
    Experiment experiment = text == null ? null : read(text);
    if (text == null || experiment == null) {
      return CommandLine.ExitCode.USAGE;
    }
    PrintWriter terminal = spec.commandLine().getOut();
    if (check) {
      terminal.println(file + ": nothing is wrong");
      return 0;
    }
    if (isToMove(experiment)) {
      return NetworkNamespace.run(
          Main.class.getName(), spec.commandLine().getParent().getParseResult().originalArgs());
    }
    Path root = root();
    Path folder =
        out == null
            ? root.resolve("target").resolve("experiments").resolve(experiment.name())
            : out;
    Files.createDirectories(folder);
    View view = quiet || json ? View.NONE : new TerminalView(System.err, Ansi.AUTO.enabled());
    String command =
        "./otakey loadgen "
            + String.join(" ", spec.commandLine().getParent().getParseResult().originalArgs());
    try {
      Trial trial =
          new Runner(experiment, text, scale, root, view)
              .run(command, folder.resolve("latency.hlog"));
      TrialFiles.write(trial, folder);
      if (json) {
        terminal.println(JsonReport.text(trial));
      } else if (!quiet) {
        new TrialTable(System.out).print(trial);
        terminal.println("report: " + folder.resolve("report.html"));
      }
      terminal.flush();
      return trial.isPassed() ? 0 : 1;
    } catch (NodeException e) {
      spec.commandLine().getErr().println(e.getMessage());
      return FAILED;
    }
  }

  /** Whether it is to be run in a network namespace, where this process is in none. */
  private boolean isToMove(Experiment experiment) {
    if (netem == Netem.Use.NEVER || !experiment.hasNetworks() || Netem.here().isPresent()) {
      return false;
    }
    Optional<String> obstacle = experiment.tieToOutside().or(NetworkNamespace::obstacle);
    if (obstacle.isPresent() && netem == Netem.Use.ALWAYS) {
      throw new ParameterException(
          spec.commandLine(),
          "--netem always: not here ("
              + obstacle.get()
              + "): it needs iproute2, the right to make network namespaces, and a kernel with"
              + " sch_netem, sch_htb and cls_u32; without --netem a proxy plays the networks");
    }
    return obstacle.isEmpty();
  }

  /** Null: it is no text, which was told. */
  private @Nullable String text() throws IOException {
    try {
      return Files.readString(file);
    } catch (CharacterCodingException e) {
      spec.commandLine().getErr().println(file + ": this is no text in UTF-8");
      return null;
    }
  }

  /** Null: something is wrong with the file, and was told. */
  private @Nullable Experiment read(String text) {
    try {
      return RecordReader.read(Experiment.class, text, scale);
    } catch (FileException e) {
      PrintWriter err = spec.commandLine().getErr();
      e.problems().forEach(problem -> err.println(file + ": " + problem));
      if (!e.isAll()) {
        err.println("how its parts go together is looked at when each is right");
      }
      err.println("docs/experiments.md tells what files have");
      err.flush();
      return null;
    }
  }

  /** Where the project is, as ./otakey says. */
  private static Path root() {
    return Path.of(System.getProperty("otakey.root", "")).toAbsolutePath();
  }
}
