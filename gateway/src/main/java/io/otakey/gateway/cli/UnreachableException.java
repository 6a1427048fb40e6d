package io.otakey.gateway.cli;

import java.io.IOException;

/** The API cannot be reached, or the connection broke. */
final class UnreachableException extends CommandException {
  private static final long serialVersionUID = 1;

  UnreachableException(String url, IOException cause) {
    super(
        "no answer from "
            + url
            + " ("
            + (cause.getMessage() == null ? cause.getClass().getSimpleName() : cause.getMessage())
            + "): is the gateway running, and does --url lead to its administration port?"
            + (url.startsWith("https:")
                ? " Where it asks for a certificate, --client-cert and --client-key show one."
                : ""));
  }
}
