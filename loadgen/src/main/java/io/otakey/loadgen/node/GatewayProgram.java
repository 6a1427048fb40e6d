package io.otakey.loadgen.node;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/** The gateway of a version that is built, as a program for processes of its own. */
public final class GatewayProgram {
  /** Its main class. */
  public static final String MAIN = "io.otakey.gateway.Main";

  /** What its JVM is told, as by ./otakey. */
  public static final List<String> OPTIONS =
      List.of(
          "--enable-native-access=ALL-UNNAMED",
          "-XX:+UseParallelGC",
          "-Xss512k",
          "--add-modules=java.se",
          "--add-exports=java.base/jdk.internal.ref=ALL-UNNAMED",
          "--add-opens=java.base/java.lang=ALL-UNNAMED",
          "--add-opens=java.base/sun.nio.ch=ALL-UNNAMED",
          "--add-opens=java.management/sun.management=ALL-UNNAMED",
          "--add-opens=jdk.management/com.sun.management.internal=ALL-UNNAMED");

  private GatewayProgram() {}

  /**
   * Its class path, of archives alone: classes that were prepared once (JEP 350) are found by it.
   *
   * @param root of the built project
   * @throws IOException if it is not built
   */
  public static String classPath(Path root) throws IOException {
    Path target = root.resolve("gateway").resolve("target");
    if (Files.isDirectory(target.resolve("lib"))) {
      try (Stream<Path> files = Files.list(target)) {
        List<String> archives =
            files
                .map(Path::toString)
                .filter(name -> name.matches(".*/otakey-gateway-[0-9.]+(-SNAPSHOT)?[.]jar"))
                .toList();
        if (archives.size() == 1) {
          return archives.get(0) + File.pathSeparator + target.resolve("lib") + "/*";
        }
      }
    }
    throw new IOException(
        "the gateway is not packaged in " + root + ": run './otakey build' first");
  }
}
