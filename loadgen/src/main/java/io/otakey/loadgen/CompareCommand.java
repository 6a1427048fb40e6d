package io.otakey.loadgen;

import io.otakey.loadgen.report.Comparison;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Two runs side by side. */
@Command(
    name = "compare",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    description = "Puts two runs side by side, on the terminal and as a page.")
final class CompareCommand implements Callable<Integer> {
  @Spec private CommandSpec spec = CommandSpec.create();

  @Parameters(index = "0", paramLabel = "A", description = "Folder of a run, or its result.json.")
  private Path first = Path.of("");

  @Parameters(index = "1", paramLabel = "B", description = "Another one.")
  private Path second = Path.of("");

  @Option(names = "--out", description = "File for the page; without it there is none.")
  private @Nullable Path out;

  @Override
  public Integer call() throws IOException {
    PrintWriter terminal = spec.commandLine().getOut();
    Comparison comparison;
    try {
      comparison = Comparison.of(first, second);
    } catch (IOException e) {
      throw new ParameterException(spec.commandLine(), String.valueOf(e.getMessage()), e);
    }
    comparison.titles().forEach(terminal::println);
    comparison.notes().forEach(note -> terminal.println("note: " + note));
    for (Comparison.Row row : comparison.rows()) {
      terminal.printf(
          Locale.ROOT,
          "%-30s %-18s %14s %14s %8s%n",
          row.figure(),
          row.where(),
          row.text(row.a()),
          row.text(row.b()),
          row.ratio().map(ratio -> String.format(Locale.ROOT, "%.2f", ratio)).orElse(""));
    }
    if (out != null) {
      Path folder = out.toAbsolutePath().getParent();
      if (folder != null) {
        Files.createDirectories(folder);
      }
      Files.writeString(out, comparison.page());
      terminal.println("page: " + out);
    }
    terminal.flush();
    return 0;
  }
}
