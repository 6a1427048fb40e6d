/** What connectors need to reach their platforms: addresses, TLS, bounded HTTP. */
@NullMarked
package io.otakey.gateway.platform.net;

import org.jspecify.annotations.NullMarked;
