/** Fuzzing of parsers: targets, the bounded search of the tests, and the entry for Jazzer. */
@org.jspecify.annotations.NullMarked
package io.otakey.protocol.fuzz;
