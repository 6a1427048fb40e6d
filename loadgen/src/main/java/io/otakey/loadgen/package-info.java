/** Command line of the load generator, and the run that ties its parts together. */
@org.jspecify.annotations.NullMarked
package io.otakey.loadgen;
