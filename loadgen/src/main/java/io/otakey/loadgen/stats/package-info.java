/** What happened, in counters and histograms. */
@org.jspecify.annotations.NullMarked
package io.otakey.loadgen.stats;
