/** Keys and certificates of TLS listeners, renewed without a restart. */
@org.jspecify.annotations.NullMarked
package io.otakey.gateway.tls;
