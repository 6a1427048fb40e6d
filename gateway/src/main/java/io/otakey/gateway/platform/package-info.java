/** What must exist on platforms, and the connectors that make it so (protocol section 6.8). */
@NullMarked
package io.otakey.gateway.platform;

import org.jspecify.annotations.NullMarked;
