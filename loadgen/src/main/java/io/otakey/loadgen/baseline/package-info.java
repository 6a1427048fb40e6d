/** Schemes that give devices keys of their own, measured in one harness. */
@org.jspecify.annotations.NullMarked
package io.otakey.loadgen.baseline;
