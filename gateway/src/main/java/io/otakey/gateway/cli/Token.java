package io.otakey.gateway.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;

/** Finds the API token. It is never taken from the command line, where others can read it. */
final class Token {
  private Token() {}

  static String find(Optional<Path> option, Map<String, String> environment) throws IOException {
    if (option.isPresent()) {
      return read(option.get());
    }
    String direct = environment.getOrDefault("OTAKEY_TOKEN", "");
    if (!direct.isBlank()) {
      return check(direct.strip(), "OTAKEY_TOKEN");
    }
    String file = environment.getOrDefault("OTAKEY_TOKEN_FILE", "");
    if (!file.isBlank()) {
      return read(Path.of(file));
    }
    throw new CommandException(
        "there is no token: give --token-file, or set OTAKEY_TOKEN_FILE or OTAKEY_TOKEN; a"
            + " gateway in development mode writes its first one to 'admin-token' in its data"
            + " folder");
  }

  private static String read(Path file) throws IOException {
    try {
      return check(Files.readString(file).strip(), "token file " + file);
    } catch (NoSuchFileException e) {
      throw new CommandException("token file " + file + " does not exist: mend --token-file");
    }
  }

  private static String check(String token, String where) {
    if (!token.matches("[0-9A-Fa-f]{64}|[\\w-]+\\.[\\w-]+\\.[\\w-]+")) {
      throw new CommandException(
          where + " holds no token: it must be 64 hex digits, or a provider's access token (JWT)");
    }
    return token;
  }
}
