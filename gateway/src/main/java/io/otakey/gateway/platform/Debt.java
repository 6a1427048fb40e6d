package io.otakey.gateway.platform;

import java.time.Instant;
import java.util.Optional;

/**
 * What is there and what is owed on one platform.
 *
 * @param there logins that are as they should be
 * @param granted logins of grants that nobody has confirmed or given up yet
 * @param toPrepare to be made
 * @param toRetire to be ended or taken back
 * @param oldest since when the oldest of these two waits
 * @param why the last try of one of them failed, if one did
 */
public record Debt(
    String platformId,
    long there,
    long granted,
    long toPrepare,
    long toRetire,
    Optional<Instant> oldest,
    Optional<String> why) {}
