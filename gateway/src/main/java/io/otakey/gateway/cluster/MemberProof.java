package io.otakey.gateway.cluster;

import com.hazelcast.nio.MemberSocketInterceptor;
import io.otakey.protocol.crypto.Hmac;
import io.otakey.protocol.crypto.Secret;
import java.io.EOFException;
import java.io.IOException;
import java.net.ProtocolException;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.util.Properties;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/**
 * Both ends of a connection between members show that they hold the cluster's secret, before
 * Hazelcast reads a byte: a nonce, a nonce and the acceptor's proof, the dialler's proof, each 32
 * bytes. A proof is an HMAC over the role and both nonces, so none serves twice, nor for the other
 * end. What follows is neither encrypted nor bound to it. Thread-safe; blocks the caller.
 */
final class MemberProof implements MemberSocketInterceptor {
  private static final int LENGTH = Hmac.LENGTH;
  private static final byte[] DIALS = "otakey-member/1 dials".getBytes(StandardCharsets.US_ASCII);
  private static final byte[] ACCEPTS =
      "otakey-member/1 accepts".getBytes(StandardCharsets.US_ASCII);

  /** For all of it, however slowly bytes come. */
  private static final long MOST_NANOS = TimeUnit.SECONDS.toNanos(3);

  /** Hazelcast has 16 threads for this and for dialling: strangers who say nothing hold so many. */
  private static final int MOST_AT_ONCE = 8;

  private final Secret secret;
  private final Consumer<IOException> refused;
  private final SecureRandom random = new SecureRandom();
  private final Semaphore places = new Semaphore(MOST_AT_ONCE);

  /**
   * @param refused told why, for each connection of somebody who did not show it, on any thread; a
   *     {@link ProtocolException} if he showed another
   */
  MemberProof(Secret secret, Consumer<IOException> refused) {
    this.secret = secret;
    this.refused = refused;
  }

  @Override
  public void init(Properties properties) {
    // it has all it needs
  }

  @Override
  public void onConnect(Socket socket) throws IOException {
    long deadline = System.nanoTime() + MOST_NANOS;
    byte[] mine = nonce();
    socket.getOutputStream().write(mine);
    byte[] theirs = read(socket, deadline);
    check(read(socket, deadline), proof(ACCEPTS, mine, theirs));
    socket.getOutputStream().write(proof(DIALS, mine, theirs));
  }

  /**
   * Whoever fails is cut off, not thrown out: after an exception Hazelcast would keep what it has
   * of the connection for ever. It finds the connection at its end and tidies it away.
   */
  @Override
  public void onAccept(Socket socket) throws IOException {
    if (places.tryAcquire()) {
      try {
        accept(socket);
        return;
      } catch (IOException e) {
        refused.accept(e);
      } finally {
        places.release();
      }
    } else {
      refused.accept(new IOException("too many at once"));
    }
    socket.getChannel().shutdownInput(); // what is in the buffer is not read any more, either
    socket.getChannel().shutdownOutput();
  }

  private void accept(Socket socket) throws IOException {
    long deadline = System.nanoTime() + MOST_NANOS;
    byte[] theirs = read(socket, deadline);
    byte[] mine = nonce();
    socket.getOutputStream().write(mine);
    socket.getOutputStream().write(proof(ACCEPTS, theirs, mine));
    check(read(socket, deadline), proof(DIALS, theirs, mine));
  }

  private byte[] nonce() {
    byte[] nonce = new byte[LENGTH];
    random.nextBytes(nonce);
    return nonce;
  }

  private byte[] proof(byte[] role, byte[] diallers, byte[] acceptors) {
    return Hmac.hmac(secret.expose(), role, diallers, acceptors);
  }

  private static void check(byte[] shown, byte[] right) throws IOException {
    if (!Secret.equal(shown, right)) {
      throw new ProtocolException("the other end does not hold the cluster's secret");
    }
  }

  /** Not a byte more, which would be Hazelcast's. */
  private static byte[] read(Socket socket, long deadline) throws IOException {
    byte[] bytes = new byte[LENGTH];
    int read = 0;
    while (read < LENGTH) {
      long left = TimeUnit.NANOSECONDS.toMillis(deadline - System.nanoTime());
      if (left <= 0) {
        throw new SocketTimeoutException("the other end shows no secret");
      }
      socket.setSoTimeout((int) left);
      int more = socket.getInputStream().read(bytes, read, LENGTH - read);
      if (more < 0) {
        throw new EOFException("the other end hung up");
      }
      read += more;
    }
    return bytes;
  }
}
