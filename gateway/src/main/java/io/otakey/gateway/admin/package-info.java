/**
 * The administration API, as {@code openapi.yaml} says it. The contract is read at start and every
 * operation of it is routed through one gate ({@code Gate}): token, role, products, media type and
 * size are checked there, errors become problem documents there. The operations themselves only
 * read a call and answer with a value. Everything runs on one event loop.
 */
@org.jspecify.annotations.NullMarked
package io.otakey.gateway.admin;
