/** Platforms ask whether a device's login is right (protocol section 6.8); HTTP, for brokers. */
@org.jspecify.annotations.NullMarked
package io.otakey.gateway.transport.hook;
