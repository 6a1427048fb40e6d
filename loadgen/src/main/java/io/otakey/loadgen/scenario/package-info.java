/** When devices start and what they are called. */
@org.jspecify.annotations.NullMarked
package io.otakey.loadgen.scenario;
