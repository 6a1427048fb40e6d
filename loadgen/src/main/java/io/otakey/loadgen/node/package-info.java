/** Gateways as processes: started, killed, lost, administered and measured from outside. */
@org.jspecify.annotations.NullMarked
package io.otakey.loadgen.node;
