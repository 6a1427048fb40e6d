/**
 * Whether this database is the one that this node served from (protocol section 6.6). While it may
 * not be, devices are held off until an operator chooses.
 */
@org.jspecify.annotations.NullMarked
package io.otakey.gateway.recovery;
