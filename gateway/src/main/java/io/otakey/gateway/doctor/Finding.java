package io.otakey.gateway.doctor;

/**
 * What one look found.
 *
 * @param check what was looked at, as the report names it
 * @param what how it is
 * @param remedy what to do about it; empty where there is nothing to do
 */
record Finding(Level level, String check, String what, String remedy) {
  /** How bad it is. */
  enum Level {
    OK,
    /** It could not be looked at. */
    UNKNOWN,
    /** It works now. */
    WARNING,
    /** A gateway would not start, or not serve. */
    FAULT
  }

  static Finding ok(String check, String what) {
    return new Finding(Level.OK, check, what, "");
  }

  static Finding unknown(String check, String what) {
    return new Finding(Level.UNKNOWN, check, what, "");
  }

  static Finding warning(String check, String what, String remedy) {
    return new Finding(Level.WARNING, check, what, remedy);
  }

  static Finding fault(String check, String what, String remedy) {
    return new Finding(Level.FAULT, check, what, remedy);
  }

  /** From a message that names the remedy after a colon, as exceptions of this gateway do. */
  static Finding fault(String check, Throwable failure) {
    String message = String.valueOf(failure.getMessage());
    int colon = message.lastIndexOf(": ");
    return colon < 0
        ? fault(check, message, "")
        : fault(check, message.substring(0, colon), message.substring(colon + 2));
  }
}
