/** Experiments: what a file asks for, what is done for it, and what came of it. */
@org.jspecify.annotations.NullMarked
package io.otakey.loadgen.experiment;
