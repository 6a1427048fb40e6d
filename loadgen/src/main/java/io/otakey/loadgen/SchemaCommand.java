package io.otakey.loadgen;

import io.otakey.loadgen.experiment.Experiment;
import io.otakey.loadgen.experiment.Figure;
import io.otakey.loadgen.file.RecordSchema;
import java.io.PrintWriter;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** What experiment files may have. */
@Command(
    name = "schema",
    mixinStandardHelpOptions = true,
    description = "Prints the JSON Schema of experiment files.")
final class SchemaCommand implements Callable<Integer> {
  @Spec private CommandSpec spec = CommandSpec.create();

  @Option(names = "--figures", description = "Print what can be asserted instead.")
  private boolean figures;

  @Override
  public Integer call() {
    PrintWriter out = spec.commandLine().getOut();
    if (figures) {
      for (Figure figure : Figure.values()) {
        out.printf(
            Locale.ROOT,
            "| `%s` | %s | %s | %s |%n",
            figure.key(),
            figure.unit().name().toLowerCase(Locale.ROOT),
            figure.isOfPhases() ? "yes" : "",
            figure.meaning());
      }
    } else {
      out.println(schema());
    }
    out.flush();
    return 0;
  }

  /** The schema as it is published. */
  static String schema() {
    return RecordSchema.of(Experiment.class, "An experiment of OTA-Key Gateway").toPrettyString();
  }
}
