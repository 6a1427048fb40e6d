package io.otakey.protocol.device;

import io.otakey.protocol.crypto.X25519;
import java.util.random.RandomGenerator;

/**
 * What devices of one process share.
 *
 * @param x25519 makes ephemeral keys; must be thread-safe if devices run on several threads
 * @param random for waiting times and poll nonces; as x25519
 */
public record Environment(X25519 x25519, RandomGenerator random, Timing timing) {}
