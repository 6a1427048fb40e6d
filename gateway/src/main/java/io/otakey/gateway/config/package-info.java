/** The gateway's settings: one tree from YAML and environment, every problem reported at once. */
@org.jspecify.annotations.NullMarked
package io.otakey.gateway.config;
