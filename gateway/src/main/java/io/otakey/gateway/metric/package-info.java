/** Names of meters, in one place, because dashboards and rules depend on them. */
@org.jspecify.annotations.NullMarked
package io.otakey.gateway.metric;
