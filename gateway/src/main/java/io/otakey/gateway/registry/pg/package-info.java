/**
 * The registry on PostgreSQL: the only place with SQL. What the hot path writes goes by group
 * commit, one statement per batch, and is answered after it is durable.
 */
@org.jspecify.annotations.NullMarked
package io.otakey.gateway.registry.pg;
