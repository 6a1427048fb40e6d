package io.otakey.gateway.platform;

import java.time.Instant;
import java.util.Optional;

/**
 * The last comparison of a platform with the registry, or the one under way.
 *
 * @param run its number
 * @param askedAt when it was asked for
 * @param endedAt empty while it waits or runs
 * @param listed whether the platform could say what is there
 * @param names that the platform has, ours and others
 * @param foreign of these, not ours; left alone
 * @param missing logins that were to be there and were not: made again
 * @param extra logins of ours that nobody needs: taken back
 * @param why it waits or has failed, for people; empty if it has not
 */
public record Reconciliation(
    String platformId,
    long run,
    Instant askedAt,
    Optional<Instant> endedAt,
    boolean listed,
    long names,
    long foreign,
    long missing,
    long extra,
    String why) {}
