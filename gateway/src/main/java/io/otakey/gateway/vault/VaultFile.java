package io.otakey.gateway.vault;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.otakey.protocol.crypto.Secret;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.UUID;

/** Reads and writes the vault's JSON. Blocking; not for event loops. */
public final class VaultFile {
  private static final String FORMAT = "otakey-vault/1";
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final Set<PosixFilePermission> FORBIDDEN =
      EnumSet.of(
          PosixFilePermission.OTHERS_READ,
          PosixFilePermission.OTHERS_WRITE,
          PosixFilePermission.OTHERS_EXECUTE,
          PosixFilePermission.GROUP_WRITE);

  private VaultFile() {}

  /** Reads a file; refuses one that others than its owner and group can read. */
  public static VaultContents read(Path file) {
    try {
      Set<PosixFilePermission> permissions = Files.getPosixFilePermissions(file);
      if (permissions.stream().anyMatch(FORBIDDEN::contains)) {
        throw new VaultException(
            "vault "
                + file
                + " is open to others ("
                + PosixFilePermissions.toString(permissions)
                + "): run chmod 600 on it, and rotate the root secret if somebody may have read it");
      }
      return parse(Files.readString(file), "vault " + file);
    } catch (NoSuchFileException e) {
      throw new VaultException(
          "vault " + file + " does not exist: make one with 'otakey vault init', or restore it", e);
    } catch (IOException e) {
      throw new VaultException("vault " + file + " cannot be read: " + e.getMessage(), e);
    }
  }

  /** Writes a file that only its owner can read, in one step: whole, or as it was before. */
  public static void write(Path file, VaultContents contents) {
    try {
      writePrivately(file, format(contents));
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("a vault cannot be written as JSON");
    }
  }

  /** As {@link #write}, for another text that holds secrets. */
  public static void writePrivately(Path file, String text) {
    Path absolute = file.toAbsolutePath();
    try {
      Path folder = absolute.getParent();
      if (folder != null) {
        Files.createDirectories(folder);
      }
      Path part = absolute.resolveSibling(absolute.getFileName() + ".part");
      Files.deleteIfExists(part);
      Files.createFile(
          part, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
      Files.writeString(part, text);
      try (FileChannel channel = FileChannel.open(part, StandardOpenOption.WRITE)) {
        channel.force(true);
      }
      Files.move(part, absolute, StandardCopyOption.ATOMIC_MOVE);
    } catch (IOException e) {
      throw new VaultException(file + " cannot be written: " + e.getMessage(), e);
    }
  }

  /** Reads the JSON of a vault; the text comes from a file, a variable or a mounted secret. */
  public static VaultContents parse(String json, String where) {
    try {
      JsonNode root = JSON.readTree(json);
      if (!root.path("format").asText().equals(FORMAT)) {
        throw new VaultException(where + " is not a vault of format " + FORMAT);
      }
      VaultContents contents =
          new VaultContents(
              UUID.fromString(root.path("installationId").asText()),
              roots(root.path("roots")),
              entries(root.path("allocationSecrets")),
              entries(root.path("gatewayKeys")));
      check(contents, where);
      return contents;
    } catch (JsonProcessingException | IllegalArgumentException e) {
      // Neither message nor cause goes on: both may quote the vault.
      throw new VaultException(where + " is damaged: restore it from its backup");
    }
  }

  /** The JSON of a vault. Holds every secret: never log it. */
  static String format(VaultContents contents) throws JsonProcessingException {
    ObjectNode root = JSON.createObjectNode();
    root.put("format", FORMAT);
    root.put("installationId", contents.installationId().toString());
    ArrayNode roots = root.putArray("roots");
    for (VaultContents.Root secret : contents.roots()) {
      roots
          .addObject()
          .put("version", secret.version())
          .put("secret", HexFormat.of().formatHex(secret.secret().expose()));
    }
    write(root.putArray("allocationSecrets"), contents.allocationSecrets());
    write(root.putArray("gatewayKeys"), contents.gatewayKeys());
    return JSON.writerWithDefaultPrettyPrinter().writeValueAsString(root) + "\n";
  }

  private static void write(ArrayNode array, List<VaultContents.Entry> entries) {
    for (VaultContents.Entry entry : entries) {
      array
          .addObject()
          .put("id", entry.id())
          .put("root", entry.rootVersion())
          .put("state", entry.state().name().toLowerCase(Locale.ROOT));
    }
  }

  private static List<VaultContents.Root> roots(JsonNode array) {
    List<VaultContents.Root> roots = new ArrayList<>();
    for (JsonNode node : array) {
      byte[] secret = HexFormat.of().parseHex(node.path("secret").asText());
      if (secret.length != 32) {
        throw new IllegalArgumentException("a root secret has 32 bytes");
      }
      roots.add(new VaultContents.Root(node.path("version").asInt(), Secret.adopt(secret)));
    }
    return roots;
  }

  private static List<VaultContents.Entry> entries(JsonNode array) {
    List<VaultContents.Entry> entries = new ArrayList<>();
    for (JsonNode node : array) {
      String state = node.path("state").asText().toUpperCase(Locale.ROOT);
      entries.add(
          new VaultContents.Entry(
              node.path("id").asInt(),
              node.path("root").asInt(),
              VaultContents.State.valueOf(state)));
    }
    return entries;
  }

  private static void check(VaultContents contents, String where) {
    for (VaultContents.Kind kind : VaultContents.Kind.values()) {
      List<VaultContents.Entry> entries = contents.entries(kind);
      long granting =
          entries.stream().filter(e -> e.state() == VaultContents.State.GRANTING).count();
      boolean sound =
          entries.stream()
              .allMatch(
                  e ->
                      e.id() >= 1
                          && e.id() <= 255
                          && (e.state() == VaultContents.State.RETIRED
                              || contents.roots().stream()
                                  .anyMatch(root -> root.version() == e.rootVersion())));
      if (granting != 1 || !sound) {
        throw new VaultException(
            where + " is inconsistent about its " + kind.label() + "s: restore it from its backup");
      }
    }
  }
}
