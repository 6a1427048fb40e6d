/**
 * Looks at a machine and a configuration before a gateway is started there, and changes nothing.
 */
@org.jspecify.annotations.NullMarked
package io.otakey.gateway.doctor;
