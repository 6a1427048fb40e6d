package io.otakey.gateway.transport.hook;

/** What a platform asks, whichever broker it is. */
sealed interface Question {
  /** Whether a login is right; the password is a secret. */
  record Login(String name, String password) implements Question {
    @Override
    public String toString() {
      return "Login[name=" + name + "]";
    }
  }

  /** Whether a device that is logged in may publish to a topic or subscribe to a filter. */
  record Topic(String name, String filter) implements Question {}

  /** What needs no look at the device: always so for everybody. */
  record Settled(boolean allowed) implements Question {}

  /** Not a question of this broker. */
  record Unreadable(String why) implements Question {}
}
