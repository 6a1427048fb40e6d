package io.otakey.protocol.device;

import io.otakey.protocol.wire.Connection;
import io.otakey.protocol.wire.RequestType;

/** What a device wants from its host next. */
public sealed interface Step {
  /**
   * Send this frame, then ask for the next step.
   *
   * @param frame not to be changed
   * @param address one of the firmware's gateway addresses
   */
  record Send(RequestType type, byte[] frame, String address) implements Step {}

  /**
   * Nothing to do before this time, unless a frame comes.
   *
   * @param time on the clock of {@link Device#step}, milliseconds
   */
  record WaitUntil(long time) implements Step {}

  /**
   * Log in to the platform with the new credential and report the result by {@link Device#onLogin};
   * ask for the next step meanwhile.
   *
   * @param password a secret; not printed
   */
  record LogIn(Connection connection, String clientId, String loginName, String password)
      implements Step {
    @Override
    public String toString() {
      return "LogIn[loginName=" + loginName + "]";
    }
  }
}
