package io.otakey.loadgen.baseline;

import io.otakey.loadgen.baseline.wire.Links;
import java.io.IOException;

/** A way of giving devices credentials of their own, with a server that runs. */
public interface Scheme extends AutoCloseable {
  /** What it is. */
  Description description();

  /**
   * A device as it comes from the factory, or, where the scheme is about a new key, with its first
   * one; what that takes is not measured.
   */
  Device device(String id) throws IOException;

  /** Credentials that the server has made valid for this device, and how many still are. */
  Standing standing(String id);

  /** What its server has used so far. */
  ServerCpu cpu();

  /** Ends its server, if that is its own. */
  @Override
  void close();

  /** A device; used by one thread. */
  interface Device {
    /**
     * Gets what it is to get, or carries on after a failure from what it has in flash.
     *
     * @throws IOException if it does not get it this time
     */
    void obtain(Links links) throws IOException;

    /** Whether the server takes what the device holds now; asked over connections of its own. */
    boolean works(Links links) throws IOException;
  }

  /**
   * How many credentials of a device there are.
   *
   * @param issued that were ever valid
   * @param valid that still are
   */
  record Standing(int issued, int valid) {}

  /**
   * What a scheme is.
   *
   * @param id as {@code est}; unique
   * @param name for people
   * @param tls whether its connections are TLS 1.3
   * @param why the reason for the secrecy
   */
  record Description(String id, String name, boolean tls, Secrecy secrecy, String why) {}

  /** Whether a recorded exchange stays secret when the secret that devices share leaks later. */
  enum Secrecy {
    /** Yes, by the scheme itself. */
    YES,
    /** Yes, as long as TLS was used with ephemeral keys; the server has seen the key. */
    BY_TLS,
    /** No. */
    NO
  }
}
