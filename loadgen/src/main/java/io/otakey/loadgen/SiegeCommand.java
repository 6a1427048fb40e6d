package io.otakey.loadgen;

import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.otakey.loadgen.link.Dialer;
import io.otakey.loadgen.link.Endpoint;
import io.otakey.loadgen.link.Loops;
import io.otakey.loadgen.link.Transport;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** An attacker who sends nothing that a gateway could refuse. */
@Command(
    name = "siege",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    description =
        "Occupies connections of a gateway of yours without ever sending a frame, and counts what"
            + " it does about it: to see what honest devices have left.")
final class SiegeCommand implements Callable<Integer> {
  /** How connections are of no use. */
  enum How {
    /** A request of which a byte comes once in a while and which never ends. */
    SLOW,
    /** Opened, greeted, closed, again and again. */
    CHURN
  }

  /** CONNECT (MQTT 3.1.1, 3.1), clean session, 60 s, with a client id of 115 bytes. */
  private static final byte[] MQTT_OPENING =
      HexFormat.of().parseHex("107f00044d5154540402003c0073" + "78".repeat(115));

  private static final byte[] HTTP_OPENING =
      ("GET / HTTP/1.1\r\nHost: gateway\r\nX-Slow: " + "x".repeat(80))
          .getBytes(StandardCharsets.US_ASCII);

  private static final byte[] HTTP_REQUEST =
      "GET / HTTP/1.1\r\nHost: gateway\r\n\r\n".getBytes(StandardCharsets.US_ASCII);

  @Spec private CommandSpec spec = CommandSpec.create();

  @Mixin private ListenerOptions listeners = new ListenerOptions();

  @Option(names = "--how", required = true, description = "slow or churn.")
  private How how = How.SLOW;

  @Option(names = "--connections", description = "Open at a time (${DEFAULT-VALUE}).")
  private int connections = 1000;

  @Option(names = "--rate", description = "Opened per second, at most (${DEFAULT-VALUE}).")
  private double rate = 1000;

  @Option(names = "--every", description = "Milliseconds between slow bytes (${DEFAULT-VALUE}).")
  private long everyMillis = 1000;

  @Mixin private AttackOptions attack = new AttackOptions();

  @Override
  public Integer call() throws InterruptedException {
    List<String> problems = new ArrayList<>();
    Map<Transport, Endpoint> given = listeners.given(problems);
    OptionProblems.check(
        given.size() == 1 || !problems.isEmpty(), "give either --mqtt or --http", problems);
    OptionProblems.check(connections >= 1, "--connections must be at least 1", problems);
    OptionProblems.check(rate > 0, "--rate must be more than 0", problems);
    OptionProblems.check(everyMillis >= 1, "--every must be at least 1", problems);
    attack.check(problems);
    OptionProblems.tell(spec, problems);
    Map.Entry<Transport, Endpoint> target = given.entrySet().iterator().next();
    print(run(target.getKey(), target.getValue()));
    return 0;
  }

  private Siege.Count run(Transport transport, Endpoint endpoint) throws InterruptedException {
    MultiThreadIoEventLoopGroup group = Loops.open("siege", 1);
    try {
      var loop = group.next();
      Siege.Manner manner =
          new Siege.Manner(
              opening(transport), how == How.CHURN ? 0 : everyMillis, connections, rate);
      return new Siege(loop, new Dialer(loop, attack.sources()), endpoint.address(), manner)
          .run(attack.seconds())
          .join();
    } finally {
      Loops.end(group);
    }
  }

  private byte[] opening(Transport transport) {
    return switch (transport) {
      case MQTT -> MQTT_OPENING;
      case HTTP -> how == How.SLOW ? HTTP_OPENING : HTTP_REQUEST;
    };
  }

  private void print(Siege.Count count) {
    PrintWriter out = spec.commandLine().getOut();
    out.printf(
        Locale.ROOT,
        attack.json()
            ? "{\"opened\":%d,\"failed\":%d,\"closedByGateway\":%d,\"mostOpen\":%d}%n"
            : "%,d connections opened, %,d could not be, %,d closed by the gateway; %,d at a time%n",
        count.opened(),
        count.failed(),
        count.closed(),
        count.most());
    out.flush();
  }
}
