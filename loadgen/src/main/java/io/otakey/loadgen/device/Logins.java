package io.otakey.loadgen.device;

import io.otakey.protocol.device.Step;
import java.io.BufferedWriter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;

/**
 * Logins of devices in a file that only its owner can read: client id, name, secret, a line each.
 */
public final class Logins {
  private Logins() {}

  /**
   * What a device shows to its platform.
   *
   * @param secret not printed
   */
  public record Login(String clientId, String name, String secret) {
    @Override
    public String toString() {
      return "Login[name=" + name + "]";
    }
  }

  /**
   * Writes the file, replacing an old one.
   *
   * @throws IOException if it cannot be written
   */
  public static void write(List<Step.LogIn> logins, Path file) throws IOException {
    Files.deleteIfExists(file);
    var ownersOnly = PosixFilePermissions.fromString("rw-------");
    Files.createFile(file, PosixFilePermissions.asFileAttribute(ownersOnly));
    try (BufferedWriter out = Files.newBufferedWriter(file)) {
      for (Step.LogIn login : logins) {
        out.write(login.clientId() + "\t" + login.loginName() + "\t" + login.password() + "\n");
      }
    }
  }

  /**
   * Reads such a file.
   *
   * @throws IOException if it cannot be read
   * @throws IllegalArgumentException if it is not one
   */
  public static List<Login> read(Path file) throws IOException {
    return Files.readAllLines(file).stream()
        .map(line -> line.split("\t", -1))
        .map(Logins::login)
        .toList();
  }

  private static Login login(String[] fields) {
    if (fields.length != 3) {
      throw new IllegalArgumentException("not a file of logins");
    }
    return new Login(fields[0], fields[1], fields[2]);
  }
}
