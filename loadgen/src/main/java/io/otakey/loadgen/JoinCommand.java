package io.otakey.loadgen;

import io.otakey.loadgen.experiment.ShardWorker;
import io.otakey.loadgen.link.Endpoint;
import java.io.IOException;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** One of several generators of a run. */
@Command(
    name = "join",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    description =
        "Takes a share of the devices of a run that waits for more processes (generator.joining in"
            + " its file), and ends with it. The run says the address and the file with the token."
            + " From another machine: bring the file there, and its port and the gateway's through"
            + " ssh -L.")
final class JoinCommand implements Callable<Integer> {
  @Spec private CommandSpec spec = CommandSpec.create();

  @Parameters(paramLabel = "HOST:PORT", description = "Where the run waits.")
  private String address = "";

  @Option(names = "--token-file", required = true, description = "File with the run's token.")
  private Path tokenFile = Path.of("");

  @Override
  public Integer call() throws InterruptedException {
    Endpoint leader =
        Endpoint.parse(address)
            .orElseThrow(
                () -> new ParameterException(spec.commandLine(), "give the run as host:port"));
    try {
      String token = Files.readString(tokenFile).strip();
      ShardWorker.serve(new Socket(leader.host(), leader.port()), token);
      return 0;
    } catch (IOException e) {
      spec.commandLine().getErr().println("cannot take part in " + address + ": " + e.getMessage());
      return 1;
    }
  }
}
