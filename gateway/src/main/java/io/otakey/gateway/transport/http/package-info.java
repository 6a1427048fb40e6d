/** Frames over HTTP (protocol section 8): bytes in, bytes out, nothing decided. */
@org.jspecify.annotations.NullMarked
package io.otakey.gateway.transport.http;
