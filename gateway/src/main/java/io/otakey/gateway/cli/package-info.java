/**
 * {@code otakey admin}, an HTTP client of the administration API, and {@code otakey vault}, which
 * works on the vault's file. Nothing of the service is loaded, so that commands start fast.
 */
@org.jspecify.annotations.NullMarked
package io.otakey.gateway.cli;
