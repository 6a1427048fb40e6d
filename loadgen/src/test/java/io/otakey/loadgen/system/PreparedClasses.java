package io.otakey.loadgen.system;

import io.otakey.loadgen.node.GatewayProgram;
import io.otakey.loadgen.node.Site;
import java.io.File;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Map;

/**
 * The classes of this version's gateway, as a JVM can take them over ready-made (JEP 350): half of
 * what a start costs. The first gateway of a test run makes them for all the others.
 */
final class PreparedClasses {
  private static final Path TARGET = Path.of("target").toAbsolutePath();
  private static final Path FILE =
      TARGET.resolve("gateway-classes-" + Runtime.version().feature() + ".jsa");

  private static boolean tried;

  private PreparedClasses() {}

  /** What a gateway's JVM is told about them. */
  static List<String> options() {
    return Files.exists(FILE) ? List.of("-XX:SharedArchiveFile=" + FILE) : List.of();
  }

  /** Makes them unless that is done; another process that makes them is waited for. */
  static synchronized void make() throws IOException, InterruptedException {
    if (tried) {
      return;
    }
    tried = true; // a JVM that cannot do it starts its gateways without
    Path lock = TARGET.resolve("gateway-classes.lock");
    try (FileChannel channel =
            FileChannel.open(lock, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
        FileLock held = channel.lock()) {
      assert held.isValid();
      if (!areThere()) {
        Files.deleteIfExists(FILE);
        makeAnew();
      }
    }
  }

  private static boolean areThere() throws IOException {
    String classPath = GatewayProgram.classPath(GatewayProcess.thisVersion());
    Path archive = Path.of(classPath.substring(0, classPath.indexOf(File.pathSeparatorChar)));
    return Files.exists(FILE)
        && Files.getLastModifiedTime(FILE).compareTo(Files.getLastModifiedTime(archive)) > 0;
  }

  private static void makeAnew() throws IOException, InterruptedException {
    Path folder = Files.createTempDirectory(TARGET, "gateway-classes-");
    Path fresh = folder.resolve("classes.jsa");
    Map<String, String> settings = Map.of("JDK_JAVA_OPTIONS", "-XX:ArchiveClassesAtExit=" + fresh);
    try (GatewayProcess gateway = GatewayProcess.startAsIs(folder, settings)) {
      gateway.terminate();
    }
    if (Files.exists(fresh)) {
      Files.move(fresh, FILE, StandardCopyOption.ATOMIC_MOVE);
    }
    Site.delete(folder);
  }
}
