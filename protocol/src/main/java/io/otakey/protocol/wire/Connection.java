package io.otakey.protocol.wire;

import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Where and how a device connects to its cloud platform (protocol section 5). Immutable; a change
 * is another connection.
 *
 * @param platformId form of a product id
 * @param scheme 1..8 bytes, such as {@code mqtt} or {@code mqtts}
 * @param host 1..128 bytes
 * @param port 1..65535
 * @param clientId up to 64 bytes; see {@link #clientIdOf}
 * @param userName up to 64 bytes; the login name is made from it and the token
 * @param topicPrefix up to 64 bytes
 * @param certificateHash SHA-256 of the SubjectPublicKeyInfo of a certificate in the platform's
 *     chain
 */
public record Connection(
    String platformId,
    String scheme,
    String host,
    int port,
    Optional<String> clientId,
    Optional<String> userName,
    Optional<String> topicPrefix,
    Optional<byte[]> certificateHash) {
  /** Below a device's branch: where it hears that something waits (protocol section 9). */
  public static final String NOTICES = "otakey/notify";

  /** Longest client id, user name and topic prefix, in bytes. */
  public static final int MAX_NAME = 64;

  private static final int MAX_HOST = 128;
  private static final int MAX_SCHEME = 8;
  private static final int HASH_LENGTH = 32;

  /** The name that a device logs in with under the key of this token: each grant has its own. */
  public String loginName(Token token) {
    return userName.orElse("") + "." + token.hex();
  }

  /** The user name of a device for whom none is configured: {@code productId.deviceId}. */
  public static String defaultUserName(DeviceRef ref) {
    return ref.productId() + "." + ref.deviceId().replace(":", "%3A");
  }

  /**
   * The beginning of the device's own topics on this platform, with a slash at its end; a dot of
   * the device id is written %2E (protocol section 9).
   */
  public String branchOf(DeviceRef ref) {
    return topicPrefix.orElse("") + ref.deviceId().replace(".", "%2E") + "/";
  }

  /** The client id that a device has on this platform, and no other device (protocol section 9). */
  public String clientIdOf(DeviceRef ref) {
    return clientId.filter(own -> !own.isEmpty()).orElseGet(() -> defaultClientId(ref));
  }

  /** The client id of a device for whom none is configured: its default user name if it fits. */
  public static String defaultClientId(DeviceRef ref) {
    String name = defaultUserName(ref);
    return name.length() <= MAX_NAME ? name : ref.deviceId();
  }

  /** The map's CBOR, keys 1 to 8. */
  public void write(CborWriter out) {
    int entries = 4;
    entries += clientId.isPresent() ? 1 : 0;
    entries += userName.isPresent() ? 1 : 0;
    entries += topicPrefix.isPresent() ? 1 : 0;
    entries += certificateHash.isPresent() ? 1 : 0;
    out.map(entries).unsigned(1).text(platformId).unsigned(2).text(scheme);
    out.unsigned(3).text(host).unsigned(4).unsigned(port);
    clientId.ifPresent(text -> out.unsigned(5).text(text));
    userName.ifPresent(text -> out.unsigned(6).text(text));
    topicPrefix.ifPresent(text -> out.unsigned(7).text(text));
    certificateHash.ifPresent(hash -> out.unsigned(8).bytes(hash));
  }

  /** Reads a map; ill-formed if a field is missing or larger than the protocol allows. */
  public static Connection read(CborReader in) throws MalformedFrameException {
    Fields fields = new Fields();
    in.map(fields);
    if (fields.platformId == null || fields.scheme == null || fields.host == null) {
      throw new MalformedFrameException("connection: platform, scheme or host is missing");
    }
    if (fields.port == 0 || !DeviceRef.isProductId(fields.platformId)) {
      throw new MalformedFrameException("connection: bad port or platform id");
    }
    return new Connection(
        fields.platformId,
        fields.scheme,
        fields.host,
        fields.port,
        Optional.ofNullable(fields.clientId),
        Optional.ofNullable(fields.userName),
        Optional.ofNullable(fields.topicPrefix),
        Optional.ofNullable(fields.certificateHash));
  }

  private static final class Fields implements CborReader.Entry {
    private @Nullable String platformId;
    private @Nullable String scheme;
    private @Nullable String host;
    private int port;
    private @Nullable String clientId;
    private @Nullable String userName;
    private @Nullable String topicPrefix;
    private byte @Nullable [] certificateHash;

    @Override
    public void read(long key, CborReader in) throws MalformedFrameException {
      switch (CborReader.smallKey(key)) {
        case 1 -> platformId = in.text(1, DeviceRef.MAX_PRODUCT_ID);
        case 2 -> scheme = in.text(1, MAX_SCHEME);
        case 3 -> host = in.text(1, MAX_HOST);
        case 4 -> port = (int) in.unsigned(0xffff);
        case 5 -> clientId = in.text(0, MAX_NAME);
        case 6 -> userName = in.text(0, MAX_NAME);
        case 7 -> topicPrefix = in.text(0, MAX_NAME);
        case 8 -> certificateHash = in.bytes(HASH_LENGTH, HASH_LENGTH);
        default -> in.skip();
      }
    }
  }
}
