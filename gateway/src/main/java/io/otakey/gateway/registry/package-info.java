/**
 * Products, devices, connections and the people who administer them, as immutable records and as
 * interfaces with named results. What is durable is decided here in words and in {@code
 * registry.pg} in SQL. Every future completes on the caller's context.
 */
@org.jspecify.annotations.NullMarked
package io.otakey.gateway.registry;
