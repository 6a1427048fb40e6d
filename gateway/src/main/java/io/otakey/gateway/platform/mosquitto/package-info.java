/** Logins of devices on mosquitto, written with its dynamic security plugin. */
@NullMarked
package io.otakey.gateway.platform.mosquitto;

import org.jspecify.annotations.NullMarked;
