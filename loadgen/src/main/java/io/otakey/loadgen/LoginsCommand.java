package io.otakey.loadgen;

import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.otakey.loadgen.device.Logins;
import io.otakey.loadgen.device.Logins.Login;
import io.otakey.loadgen.link.Connector;
import io.otakey.loadgen.link.Endpoint;
import io.otakey.loadgen.link.Loops;
import io.otakey.loadgen.link.Transport;
import java.io.IOException;
import java.io.PrintWriter;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** What a busy RabbitMQ asks. */
@Command(
    name = "logins",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    description =
        "Asks the gateway's hook about logins as RabbitMQ does, for devices that otakey loadgen"
            + " enroll --logins has enrolled. Exit code 0 only if every answer was right.")
final class LoginsCommand implements Callable<Integer> {
  /** What is asked. */
  enum Kind {
    /** Logins with right secrets: allowed. */
    RIGHT,
    /** Logins with wrong secrets: denied. */
    WRONG,
    /** What the gateway answers without a look at the device: what HTTP alone costs. */
    VHOST
  }

  @Spec private CommandSpec spec = CommandSpec.create();

  @Option(names = "--logins", required = true, description = "File of otakey loadgen enroll.")
  private Path logins = Path.of("");

  @Option(names = "--hook", required = true, description = "Gateway's hook, host:port.")
  private String hook = "";

  @Option(names = "--platform", required = true, description = "Platform id of the connection.")
  private String platform = "";

  @Option(
      names = "--ask",
      description =
          "right: logins; wrong: logins with wrong secrets; vhost: a question that needs no look"
              + " at the device (${DEFAULT-VALUE}).")
  private Kind kind = Kind.RIGHT;

  @Option(
      names = "--rate",
      description = "Questions per second, by the clock; 0: as many as are answered.")
  private double rate;

  @Option(
      names = "--connections",
      description = "Kept alive, with one question at a time on each (${DEFAULT-VALUE}).")
  private int connections = 256;

  @Option(names = "--warm-up", description = "Seconds that do not count (${DEFAULT-VALUE}).")
  private int warmUp = 5;

  @Option(names = "--seconds", description = "Seconds that count (${DEFAULT-VALUE}).")
  private int seconds = 10;

  @Option(names = "--json", description = "One line of JSON.")
  private boolean json;

  @Override
  public Integer call() throws InterruptedException {
    List<String> problems = new ArrayList<>();
    Optional<Endpoint> endpoint = Endpoint.parse(hook);
    OptionProblems.check(endpoint.isPresent(), "--hook must be given as host:port", problems);
    OptionProblems.check(rate >= 0, "--rate must not be negative", problems);
    OptionProblems.check(connections >= 1, "--connections must be at least 1", problems);
    OptionProblems.check(warmUp >= 0, "--warm-up must not be negative", problems);
    OptionProblems.check(seconds >= 1, "--seconds must be at least 1", problems);
    List<byte[]> questions = questions(problems);
    OptionProblems.tell(spec, problems);
    Asking.Count count = run(endpoint.orElseThrow(), questions);
    PrintWriter out = spec.commandLine().getOut();
    out.printf(
        Locale.ROOT,
        json
            ? "{\"perSecond\":%.0f,\"p50\":%.1f,\"p99\":%.1f,\"answered\":%d,\"wrong\":%d,"
                + "\"lost\":%d}%n"
            : "%,.0f answers/s; p50 %.1f ms, p99 %.1f ms; in all %,d answers, %,d of them wrong,"
                + " %,d lost%n",
        (double) count.answeredInTime() / seconds,
        count.latency().p50(),
        count.latency().p99(),
        count.answered(),
        count.wrong(),
        count.lost());
    out.flush();
    return count.answered() > 0 && count.wrong() == 0 && count.lost() == 0 ? 0 : 1;
  }

  private Asking.Count run(Endpoint endpoint, List<byte[]> questions) throws InterruptedException {
    MultiThreadIoEventLoopGroup group = Loops.open("logins", 1);
    try {
      var loop = group.next();
      Connector connector =
          new Connector(loop, Map.of(Transport.HTTP, endpoint), Optional.empty(), List.of(), 0);
      String path = "/" + platform + "/rabbitmq/" + (kind == Kind.VHOST ? "vhost" : "user");
      byte[] right = ascii(kind == Kind.WRONG ? "deny" : "allow");
      return new Asking(loop, () -> connector.openForms(path), connections, questions, right, rate)
          .run(warmUp, seconds)
          .join();
    } finally {
      Loops.end(group);
    }
  }

  private List<byte[]> questions(List<String> problems) {
    try {
      List<byte[]> questions = Logins.read(logins).stream().map(this::question).toList();
      OptionProblems.check(!questions.isEmpty(), "--logins: no device is on a platform", problems);
      return questions;
    } catch (IOException | IllegalArgumentException e) {
      problems.add("--logins " + logins + " cannot be read: " + e.getMessage());
      return List.of();
    }
  }

  /** The fields that RabbitMQ sends, in its order. */
  private byte[] question(Login login) {
    String who = "username=" + encode(login.name());
    String client = "client_id=" + encode(login.clientId());
    return switch (kind) {
      case RIGHT -> ascii(who + "&password=" + encode(login.secret()) + "&vhost=%2F&" + client);
      case WRONG -> ascii(who + "&password=" + wrong(login.secret()) + "&vhost=%2F&" + client);
      case VHOST -> ascii(who + "&vhost=%2F&ip=127.0.0.1&tags=&" + client);
    };
  }

  private static String wrong(String secret) {
    return (secret.charAt(0) == 'A' ? 'B' : 'A') + secret.substring(1);
  }

  private static String encode(String text) {
    return URLEncoder.encode(text, StandardCharsets.UTF_8);
  }

  private static byte[] ascii(String text) {
    return text.getBytes(StandardCharsets.US_ASCII);
  }
}
