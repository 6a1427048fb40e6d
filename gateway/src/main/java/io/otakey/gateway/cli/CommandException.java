package io.otakey.gateway.cli;

/** Ends a command with exit code 1; the message names fault and remedy. Carries no stack. */
class CommandException extends RuntimeException {
  private static final long serialVersionUID = 1;

  CommandException(String message) {
    super(message, null, false, false);
  }
}
