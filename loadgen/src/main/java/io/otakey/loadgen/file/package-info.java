/**
 * Files in YAML, read into records: every problem at once, each with its line; and their schema.
 */
@org.jspecify.annotations.NullMarked
package io.otakey.loadgen.file;
