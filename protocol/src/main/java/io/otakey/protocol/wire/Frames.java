package io.otakey.protocol.wire;

/** Constants that all frames share (protocol sections 3 and 5). */
public final class Frames {
  /** Longest frame, in bytes. */
  public static final int MAX_LENGTH = 1024;

  /** Bytes of a mac. */
  public static final int MAC_LENGTH = 16;

  /** Bytes of a guard. */
  public static final int GUARD_LENGTH = 8;

  /** Shortest first Noise message: an ephemeral key, an empty CBOR map, a tag. */
  public static final int MIN_NOISE_MESSAGE_1 = 49;

  /** The first shape of a second Noise message: an ephemeral key, one byte, a tag. */
  public static final int MIN_NOISE_MESSAGE_2 = 49;

  /** MQTT topic that carries frames both ways. */
  public static final String MQTT_TOPIC = "otakey/1";

  /** HTTP path that takes frames. */
  public static final String HTTP_PATH = "/otakey/1";

  /** Media type of frames over HTTP. */
  public static final String MEDIA_TYPE = "application/vnd.otakey";

  private Frames() {}
}
