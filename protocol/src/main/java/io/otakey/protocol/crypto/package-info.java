/**
 * Narrow facade over the JDK, Conscrypt and Bouncy Castle; the only package that names a primitive.
 */
@org.jspecify.annotations.NullMarked
package io.otakey.protocol.crypto;
