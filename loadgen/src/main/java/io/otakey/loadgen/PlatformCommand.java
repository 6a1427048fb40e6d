package io.otakey.loadgen;

import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.otakey.loadgen.link.Endpoint;
import io.otakey.loadgen.link.Loops;
import io.otakey.loadgen.platform.SimulatedPlatform;
import java.io.PrintWriter;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.regex.Pattern;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Platforms for fleets that are larger, or in more of a hurry, than a broker allows. */
@Command(
    name = "platform",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    description =
        "Simulates platforms: MQTT listeners that log devices in by asking the gateway's hook, in"
            + " RabbitMQ's words, and do nothing else. Prints where they listen, and runs until"
            + " standard input ends.")
final class PlatformCommand implements Callable<Integer> {
  private static final Pattern LISTENER =
      Pattern.compile("[a-z0-9][a-z0-9-]{0,31}(=([0-9]{1,4}|[1-5][0-9]{4}))?");

  @Spec private CommandSpec spec = CommandSpec.create();

  @Option(names = "--hook", required = true, description = "The gateway's hook, host:port.")
  private String hook = "";

  @Option(
      names = "--platform",
      required = true,
      description = "Platform id, or ID=PORT; without a port a free one. Repeat it for more.")
  private List<String> platforms = new ArrayList<>();

  @Option(names = "--host", description = "Address to listen on (${DEFAULT-VALUE}).")
  private String host = "127.0.0.1";

  @Option(names = "--loops", description = "Event loops (${DEFAULT-VALUE}).")
  private int loops = 1;

  @Override
  public Integer call() throws Exception {
    List<String> problems = new ArrayList<>();
    Optional<Endpoint> asked = Endpoint.parse(hook);
    OptionProblems.check(asked.isPresent(), "--hook must be given as host:port", problems);
    OptionProblems.check(loops >= 1, "--loops must be at least 1", problems);
    for (String platform : platforms) {
      boolean fits = LISTENER.matcher(platform).matches();
      OptionProblems.check(fits, "--platform " + platform + " must be ID or ID=PORT", problems);
    }
    OptionProblems.tell(spec, problems);
    MultiThreadIoEventLoopGroup group = Loops.open("platform", loops);
    try {
      PrintWriter out = spec.commandLine().getOut();
      for (String platform : platforms) {
        int sign = platform.indexOf('=');
        String id = sign < 0 ? platform : platform.substring(0, sign);
        int port = sign < 0 ? 0 : Integer.parseInt(platform.substring(sign + 1));
        SimulatedPlatform started =
            SimulatedPlatform.start(
                id, asked.orElseThrow(), group, new InetSocketAddress(host, port));
        out.printf(Locale.ROOT, "%s %d%n", started.id(), started.port());
      }
      out.flush();
      while (System.in.read() != -1) {
        // nothing to say to it
      }
      return 0;
    } finally {
      Loops.end(group);
    }
  }
}
