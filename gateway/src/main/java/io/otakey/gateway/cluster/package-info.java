/** Nodes that find each other and pass messages on; nothing depends on any of them arriving. */
@NullMarked
package io.otakey.gateway.cluster;

import org.jspecify.annotations.NullMarked;
