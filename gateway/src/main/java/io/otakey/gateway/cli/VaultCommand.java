package io.otakey.gateway.cli;

import picocli.CommandLine.Command;

/** The root of {@code otakey vault}. */
@Command(name = "vault", mixinStandardHelpOptions = true)
public final class VaultCommand {}
