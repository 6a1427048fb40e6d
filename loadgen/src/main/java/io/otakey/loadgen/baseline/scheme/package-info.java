/** The schemes: for each the server's side and the device's side, with real cryptography. */
@org.jspecify.annotations.NullMarked
package io.otakey.loadgen.baseline.scheme;
