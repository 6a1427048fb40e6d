/** Fuzzing of the gateway's parsers. */
@org.jspecify.annotations.NullMarked
package io.otakey.gateway.fuzz;
