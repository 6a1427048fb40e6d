/** What the whole fleet is like, counted now and then by one node for all. */
@org.jspecify.annotations.NullMarked
package io.otakey.gateway.census;
