package io.otakey.gateway.config;

import io.otakey.gateway.registry.pg.EmbeddedDatabaseConfig;
import io.otakey.gateway.registry.pg.PgEndpoint;
import io.otakey.gateway.registry.pg.PgTuning;
import java.util.Optional;

/**
 * The one durable store.
 *
 * @param external the operator's PostgreSQL; empty = the embedded one
 * @param embedded the PostgreSQL that the gateway brings along
 */
public record DatabaseConfig(
    Optional<PgEndpoint> external, EmbeddedDatabaseConfig embedded, PgTuning tuning) {}
