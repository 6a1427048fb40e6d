/** Events to where operators want them: signed, in order, at least once. */
@NullMarked
package io.otakey.gateway.webhook;

import org.jspecify.annotations.NullMarked;
