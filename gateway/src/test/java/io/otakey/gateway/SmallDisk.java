package io.otakey.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * A small file system in memory, mounted in a user namespace of one process that does nothing else:
 * it is gone with it, and with this one.
 */
final class SmallDisk implements AutoCloseable {
  private static final int BLOCK = 4096;

  private final Process keeper;
  private final Path root;

  private SmallDisk(Process keeper, Path root) {
    this.keeper = keeper;
    this.root = root;
  }

  /** Mounts one over an empty folder. */
  static SmallDisk mount(Path over, int megabytes) throws IOException {
    String mount =
        "mount -t tmpfs -o size=" + megabytes + "m none \"$0\" && echo mounted && exec cat";
    Process keeper =
        new ProcessBuilder("unshare", "-r", "-m", "sh", "-c", mount, over.toString())
            .redirectErrorStream(true)
            .start();
    BufferedReader said = keeper.inputReader(StandardCharsets.UTF_8);
    assertThat(said.readLine())
        .as("a small disk needs 'unshare -r -m' (sysctl kernel.unprivileged_userns_clone=1)")
        .isEqualTo("mounted");
    return new SmallDisk(keeper, Path.of("/proc/" + keeper.pid() + "/root" + over));
  }

  /** Where processes find it that have not mounted it. */
  Path root() {
    return root;
  }

  /** Fills it until so much of a hundred is free. */
  void leave(int percent) throws IOException {
    File disk = root.toFile();
    long kept = disk.getTotalSpace() * percent / 100;
    byte[] block = new byte[BLOCK];
    try (OutputStream filler = Files.newOutputStream(root.resolve("filler"))) {
      while (disk.getUsableSpace() - BLOCK > kept) {
        filler.write(block);
      }
    }
  }

  /** Makes room again. */
  void empty() throws IOException {
    Files.delete(root.resolve("filler"));
  }

  @Override
  public void close() {
    keeper.destroyForcibly().onExit().join();
  }
}
