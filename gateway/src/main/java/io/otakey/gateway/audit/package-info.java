/** The audit log as a chain that only who holds the vault can make. */
@org.jspecify.annotations.NullMarked
package io.otakey.gateway.audit;
