package io.otakey.gateway.registry;

import java.util.UUID;

/**
 * The identity that vault and database share (protocol section 6.6).
 *
 * @param id random, for the database's whole life
 * @param created this start wrote it: the database was empty
 */
public record Installation(UUID id, boolean created) {}
