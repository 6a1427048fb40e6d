/**
 * What the gateway does with a frame: one class for each request, and no knowledge of transports
 * (protocol section 6).
 */
@org.jspecify.annotations.NullMarked
package io.otakey.gateway.exchange;
