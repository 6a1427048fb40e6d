package io.otakey.gateway.registry;

import io.otakey.protocol.key.GrantToken;
import io.otakey.protocol.wire.KeyRef;

/**
 * The device key that authenticated a frame. Whoever makes one has checked the frame's guard or
 * mac.
 *
 * @param key whose key, of which epoch, by which token
 * @param grant what the token says; {@code grant.encode()} equals {@code key.token()}
 */
public record KeyUse(KeyRef key, GrantToken grant) {}
