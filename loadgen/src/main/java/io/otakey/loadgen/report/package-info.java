/** The result for people and for machines. */
@org.jspecify.annotations.NullMarked
package io.otakey.loadgen.report;
