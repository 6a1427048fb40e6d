package io.otakey.gateway.journal;

import io.otakey.gateway.registry.Change;

/**
 * One record of a journal.
 *
 * @param at by the node's clock, in milliseconds since 1970; puts the records of several nodes in
 *     order, and nothing else
 */
public record JournalEntry(long at, Change change) {}
