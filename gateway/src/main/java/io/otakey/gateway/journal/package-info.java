/**
 * What this node changed, in files of its own: brings back what the fleet does not know when the
 * database is lost (protocol section 6.6).
 */
@org.jspecify.annotations.NullMarked
package io.otakey.gateway.journal;
