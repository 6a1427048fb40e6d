/** Which connection a device is at the other end of, on this node, and the NOTICEs pushed there. */
@NullMarked
package io.otakey.gateway.presence;

import org.jspecify.annotations.NullMarked;
