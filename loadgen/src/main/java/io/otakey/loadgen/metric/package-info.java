/** What runs show to Prometheus. */
@org.jspecify.annotations.NullMarked
package io.otakey.loadgen.metric;
