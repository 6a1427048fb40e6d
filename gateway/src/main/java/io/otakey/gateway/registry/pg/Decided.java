package io.otakey.gateway.registry.pg;

import io.otakey.gateway.registry.Decision;

/**
 * What a deciding statement returned.
 *
 * @param uncounted nothing was written, because it would use up a quota whose product was not
 *     locked
 */
record Decided(Decision decision, boolean uncounted) {}
