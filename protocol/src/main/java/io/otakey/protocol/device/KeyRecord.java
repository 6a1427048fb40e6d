package io.otakey.protocol.device;

import io.otakey.protocol.crypto.Secret;
import io.otakey.protocol.key.FrameKey;
import io.otakey.protocol.wire.CborReader;
import io.otakey.protocol.wire.CborWriter;
import io.otakey.protocol.wire.Connection;
import io.otakey.protocol.wire.DeviceRef;
import io.otakey.protocol.wire.KeyRef;
import io.otakey.protocol.wire.MalformedFrameException;
import io.otakey.protocol.wire.Token;
import java.util.Optional;

/**
 * What one record keeps: a device key and what came with it. Close it to wipe the key.
 *
 * @param sequence the record's local number; the larger of two is the newer record
 * @param connection CBOR of the connection map; empty if there is none
 * @param verify whether a platform login must succeed before CONFIRM
 */
record KeyRecord(
    int sequence, long epoch, Secret deviceKey, Token token, byte[] connection, boolean verify)
    implements AutoCloseable {

  KeyRef key(DeviceRef ref) {
    return new KeyRef(ref, epoch, token);
  }

  /** The key with all its uses; closing it closes the record. */
  FrameKey frameKey() {
    return new FrameKey(deviceKey);
  }

  Optional<Connection> decodedConnection() {
    if (connection.length == 0) {
      return Optional.empty();
    }
    try {
      return Optional.of(Connection.read(new CborReader(connection)));
    } catch (MalformedFrameException e) {
      throw new IllegalStateException("a checked record holds an ill-formed connection", e);
    }
  }

  /** The login to the record's platform; empty if it has none. */
  Optional<Step.LogIn> login(DeviceRef ref) {
    FrameKey key = new FrameKey(deviceKey); // closed with the record
    return decodedConnection()
        .map(
            to ->
                new Step.LogIn(
                    to,
                    to.clientIdOf(ref),
                    to.loginName(token),
                    key.platformSecret(to.platformId())));
  }

  static byte[] encode(Connection connection) {
    CborWriter out = new CborWriter();
    connection.write(out);
    return out.toBytes();
  }

  @Override
  public void close() {
    deviceKey.wipe();
  }

  @Override
  public String toString() {
    return "KeyRecord[sequence=" + sequence + ", epoch=" + epoch + ", token=" + token + "]";
  }
}
