/** The vault: one root secret, every other key derived from it (architecture, decision 2). */
@org.jspecify.annotations.NullMarked
package io.otakey.gateway.vault;
