/** Operators who sign in elsewhere: access tokens of an OpenID provider, and what they may. */
@NullMarked
package io.otakey.gateway.oidc;

import org.jspecify.annotations.NullMarked;
