/**
 * Adaptive micro-batching: many small inputs become few large statements. Knows nothing of devices
 * or databases.
 */
@org.jspecify.annotations.NullMarked
package io.otakey.gateway.batch;
