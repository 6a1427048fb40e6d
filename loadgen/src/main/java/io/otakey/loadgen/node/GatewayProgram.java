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
