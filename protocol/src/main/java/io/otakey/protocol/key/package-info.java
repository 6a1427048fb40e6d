/**
 * Derivation of every key, the contents of tokens, and the decision table (protocol sections 2,
 * 6.1, 6.5).
 */
@org.jspecify.annotations.NullMarked
package io.otakey.protocol.key;
