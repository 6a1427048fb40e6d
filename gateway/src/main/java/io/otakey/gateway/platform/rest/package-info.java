/** Logins of devices on any platform with a REST API, written by a template of requests. */
@NullMarked
package io.otakey.gateway.platform.rest;

import org.jspecify.annotations.NullMarked;
