/** What all listeners share: admission of connections, limits per source. */
@org.jspecify.annotations.NullMarked
package io.otakey.gateway.transport;
