/** Command line of the load generator. */
@org.jspecify.annotations.NullMarked
package io.otakey.loadgen;
