package io.otakey.gateway.cli;

import picocli.CommandLine.Command;

/** The root of {@code otakey admin}. */
@Command(name = "admin", mixinStandardHelpOptions = true)
public final class AdminCommand {}
