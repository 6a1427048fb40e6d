package io.otakey.gateway.transport.hook;

import java.util.Optional;

/** What a platform asks, whichever broker it is. */
sealed interface Question {
  /** Whether a login is right; the password is a secret, the client id empty if not told. */
  record Login(String name, String password, Optional<String> clientId) implements Question {
    @Override
    public String toString() {
      return "Login[name=" + name + "]";
    }
  }

  /** Whether a device that is logged in may publish to a topic or subscribe to a filter. */
  record Topic(String name, String filter) implements Question {}

  /** Whether a device that is logged in may use the session of this client id. */
  record Session(String name, String clientId) implements Question {}

  /** What needs no look at the device: always so for everybody. */
  record Settled(boolean allowed) implements Question {}

  /** Not a question of this broker. */
  record Unreadable(String why) implements Question {}
}
