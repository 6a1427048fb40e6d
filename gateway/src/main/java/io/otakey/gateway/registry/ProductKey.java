package io.otakey.gateway.registry;

import java.util.Optional;

/**
 * One version of a product's key. The key itself is derived by the vault, or was imported.
 *
 * @param version 1..255
 * @param retired enrollment under it is refused
 * @param sealed an imported key as the vault sealed it; not to be changed by the reader
 */
public record ProductKey(int version, boolean retired, Optional<byte[]> sealed) {}
