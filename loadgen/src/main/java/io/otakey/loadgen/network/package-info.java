/** What a network makes of an exchange: bytes with headers, time by a model, time by a proxy. */
@org.jspecify.annotations.NullMarked
package io.otakey.loadgen.network;
