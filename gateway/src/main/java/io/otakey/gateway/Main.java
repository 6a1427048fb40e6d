package io.otakey.gateway;

import io.otakey.gateway.cli.AdminCommand;
import io.otakey.gateway.cli.CommandTree;
import io.otakey.gateway.cli.VaultCommand;
import io.otakey.gateway.config.ConfigException;
import io.otakey.gateway.config.ConfigReader;
import io.otakey.gateway.doctor.DoctorCommand;
import io.otakey.gateway.metric.BuildInfo;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/**
 * The command line: {@code otakey gateway}, {@code otakey admin}, {@code otakey vault}, {@code
 * otakey doctor}, {@code otakey database}.
 */
@Command(
    name = "otakey",
    description = "Provisions IoT devices with keys of their own.",
    mixinStandardHelpOptions = true,
    versionProvider = Main.Version.class)
public final class Main implements CommandTree.Parent {
  Main() {}

  @Override
  public List<Class<?>> subcommands() {
    return List.of(
        Run.class,
        AdminCommand.class,
        VaultCommand.class,
        DoctorCommand.class,
        DatabaseCommand.class);
  }

  /** Exit code 0 is success, 1 a failure with a message, 2 a wrong command line. */
  public static void main(String[] arguments) {
    System.exit(CommandTree.named(new Main(), arguments).execute(arguments));
  }

  /** Which build this is, and what runs it. */
  static final class Version implements CommandLine.IVersionProvider {
    @Override
    public String[] getVersion() {
      BuildInfo build = BuildInfo.read();
      return new String[] {
        "otakey " + build.version() + ", commit " + build.commit(),
        "JDK " + Runtime.version() + ", " + System.getProperty("java.vm.name")
      };
    }
  }

  /** Runs a node until it is told to stop. */
  @Command(
      name = "gateway",
      description = "Runs a gateway node until SIGTERM.",
      mixinStandardHelpOptions = true)
  static final class Run implements Callable<Integer> {
    @Option(names = "--config", description = "YAML file; the environment goes over it.")
    private @Nullable Path file;

    @Option(names = "--print-config", description = "Show every setting, and stop.")
    private boolean print;

    @Option(names = "--cluster", description = "Join other nodes; as cluster.enabled: true.")
    private boolean cluster;

    @Override
    public Integer call() throws InterruptedException {
      ConfigReader.Read read;
      try {
        read = ConfigReader.read(Optional.ofNullable(file), environment());
      } catch (ConfigException e) {
        System.err.println(e.getMessage());
        return 1;
      }
      if (print) {
        System.out.print(read.description());
        return 0;
      }
      return run(read);
    }

    private Map<String, String> environment() {
      Map<String, String> environment = new HashMap<>(System.getenv());
      if (cluster) {
        environment.put("OTAKEY_CLUSTER_ENABLED", "true");
      }
      return environment;
    }

    private static int run(ConfigReader.Read read) throws InterruptedException {
      Gateway gateway;
      try {
        gateway = Gateway.start(read.config());
      } catch (RuntimeException e) {
        System.err.println("The gateway cannot start: " + e.getMessage());
        return 1;
      }
      CountDownLatch stopped = new CountDownLatch(1);
      Runtime.getRuntime()
          .addShutdownHook(
              new Thread(
                  () -> {
                    gateway.close();
                    stopped.countDown();
                  },
                  "otakey-shutdown"));
      stopped.await();
      return 0;
    }
  }
}
