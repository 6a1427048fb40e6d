package io.otakey.gateway.doctor;

import java.io.IOException;
import java.nio.file.FileStore;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/**
 * A folder that a node keeps something in: whether it can, whether others can, and for how long
 * there is room.
 *
 * @param check as the report names it
 * @param setting that names the folder
 * @param need bytes that must be free
 * @param needFor for what
 * @param secret whether others should not even read it
 */
record FolderCheck(
    String check, String setting, Path folder, long need, String needFor, boolean secret) {
  /** As the alert DiskFilling. */
  private static final double LOW = 0.1;

  private static final Set<PosixFilePermission> CHANGE =
      EnumSet.of(PosixFilePermission.GROUP_WRITE, PosixFilePermission.OTHERS_WRITE);
  private static final Set<PosixFilePermission> READ =
      EnumSet.of(PosixFilePermission.GROUP_READ, PosixFilePermission.OTHERS_READ);

  List<Finding> look() {
    Path there = folder.toAbsolutePath();
    while (Files.notExists(there) && there.getParent() != null) {
      there = there.getParent();
    }
    boolean missing = Files.notExists(folder);
    if (!Files.isDirectory(there) || !Files.isWritable(there) || !Files.isExecutable(there)) {
      String why =
          (missing ? folder + " does not exist and cannot be made in " : "")
              + there
              + (Files.isDirectory(there)
                  ? ", which " + System.getProperty("user.name") + " may not write to"
                  : ", which is no folder");
      return List.of(Finding.fault(check, why, "let the gateway's user own it, or set " + setting));
    }
    try {
      return List.of(
          missing ? Finding.ok(check, folder + " is made at the first start") : access(),
          room(Files.getFileStore(there)));
    } catch (IOException e) {
      return List.of(Finding.unknown(check, folder + " cannot be looked at: " + e.getMessage()));
    }
  }

  private Finding access() throws IOException {
    Set<PosixFilePermission> permissions = Files.getPosixFilePermissions(folder);
    String text =
        folder
            + " of "
            + Files.getOwner(folder).getName()
            + ", "
            + PosixFilePermissions.toString(permissions);
    if (permissions.stream().anyMatch(CHANGE::contains)) {
      return Finding.fault(check, text + ": others can change it", "chmod 700 " + folder);
    }
    return secret && permissions.stream().anyMatch(READ::contains)
        ? Finding.warning(check, text + ": others can read it", "chmod 700 " + folder)
        : Finding.ok(check, text);
  }

  private Finding room(FileStore store) throws IOException {
    return room(store.getUsableSpace(), store.getTotalSpace());
  }

  Finding room(long free, long size) {
    String text =
        String.format(Locale.ROOT, "%,d MB of %,d MB are free where it is", free >> 20, size >> 20);
    if (free < need) {
      return Finding.fault(
          check,
          text + String.format(Locale.ROOT, ", %,d MB are needed for %s", need >> 20, needFor),
          "make room, or set " + setting);
    }
    return free < size * LOW
        ? Finding.warning(check, text + ", less than a tenth", "make room, or set " + setting)
        : Finding.ok(check, text);
  }
}
