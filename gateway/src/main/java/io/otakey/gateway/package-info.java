/** Command line and composition root of the gateway. */
@org.jspecify.annotations.NullMarked
package io.otakey.gateway;
