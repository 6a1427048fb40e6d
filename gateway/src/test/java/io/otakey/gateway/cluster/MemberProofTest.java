package io.otakey.gateway.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.otakey.protocol.crypto.Secret;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Who gets past it, and that nothing of the others does. */
class MemberProofTest {
  private static final byte[] HELLO = {1, 2, 3};

  private final AtomicInteger refused = new AtomicInteger();
  private final MemberProof node = proof(1);
  private final List<Socket> dialled = new ArrayList<>();
  private ServerSocketChannel port;

  @BeforeEach
  void open() throws IOException {
    port = ServerSocketChannel.open();
    port.bind(new InetSocketAddress(InetAddress.getByName("127.0.0.1"), 0));
  }

  @AfterEach
  void close() throws IOException {
    port.close();
    for (Socket socket : dialled) {
      socket.close();
    }
  }

  private MemberProof proof(int secret) {
    byte[] bytes = new byte[32];
    Arrays.fill(bytes, (byte) secret);
    return new MemberProof(Secret.adopt(bytes), why -> refused.incrementAndGet());
  }

  @Test
  void members_letEachOtherPass_andWhatFollowsIsWhole() throws Exception {
    Socket dialler = dial();
    CompletableFuture<byte[]> after = accept();
    proof(1).onConnect(dialler);
    dialler.getOutputStream().write(HELLO);
    dialler.shutdownOutput();
    assertThat(after.join()).isEqualTo(HELLO);
    assertThat(refused).hasValue(0);
  }

  @Test
  void whoHoldsAnotherSecret_isTurnedAwayByBothEnds() throws Exception {
    Socket dialler = dial();
    CompletableFuture<byte[]> after = accept();
    assertThatThrownBy(() -> proof(2).onConnect(dialler)).isInstanceOf(IOException.class);
    dialler.close();
    expectNothing(after);
  }

  @Test
  void whatWasRecorded_orSentBack_orDamaged_proves_nothing() throws Exception {
    byte[] theirs = new byte[32];
    Socket first = dial();
    CompletableFuture<byte[]> member = accept();
    TappedSocket tapped = new TappedSocket(first);
    proof(1).onConnect(tapped);
    first.shutdownOutput();
    assertThat(member.join()).isEmpty();
    byte[] nonce = Arrays.copyOf(tapped.written(), 32);
    byte[] shown = Arrays.copyOfRange(tapped.written(), 32, 64);

    expectNothing(claim(nonce, answer -> shown)); // to another nonce of the node's
    expectNothing(claim(theirs, answer -> Arrays.copyOfRange(answer, 32, 64))); // its own
    byte[] flipped = shown.clone();
    flipped[31] ^= 1;
    expectNothing(claim(nonce, answer -> flipped));
    assertThat(refused).hasValue(3);
  }

  @Test
  void whoSaysNothing_holdsAPlaceForThreeSecondsAtMost_andNotAll() throws Exception {
    List<CompletableFuture<byte[]>> silent = new ArrayList<>();
    for (int i = 0; i < 9; i++) {
      dial();
      silent.add(accept());
    }
    CompletableFuture.anyOf(silent.toArray(CompletableFuture[]::new))
        .orTimeout(2, TimeUnit.SECONDS) // one too many does not wait
        .join();
    for (CompletableFuture<byte[]> one : silent) {
      expectNothing(one);
    }
    assertThat(refused).hasValue(9);
    Socket dialler = dial();
    CompletableFuture<byte[]> after = accept();
    node.onConnect(dialler);
    dialler.close();
    assertThat(after.join()).isEmpty();
  }

  private interface Answering {
    byte[] to(byte[] answer);
  }

  /** A dialler who knows how it goes, but not the secret, and then speaks on. */
  private CompletableFuture<byte[]> claim(byte[] nonce, Answering answering) throws IOException {
    Socket stranger = dial();
    CompletableFuture<byte[]> after = accept();
    stranger.getOutputStream().write(nonce);
    byte[] answer = stranger.getInputStream().readNBytes(64);
    stranger.getOutputStream().write(answering.to(answer));
    stranger.getOutputStream().write(HELLO);
    stranger.shutdownOutput();
    return after;
  }

  /** Whoever reads the connection finds it at its end, whatever was sent. */
  private static void expectNothing(CompletableFuture<byte[]> after) {
    assertThat(after.join()).isEmpty();
  }

  private Socket dial() throws IOException {
    InetSocketAddress address = (InetSocketAddress) port.getLocalAddress();
    Socket socket = SocketChannel.open(address).socket();
    dialled.add(socket);
    return socket;
  }

  /** The next connection; everything that is read there afterwards. */
  private CompletableFuture<byte[]> accept() throws IOException {
    SocketChannel accepted = port.accept();
    CompletableFuture<byte[]> after = new CompletableFuture<>();
    Thread thread =
        new Thread(
            () -> {
              try (accepted) {
                node.onAccept(accepted.socket());
                after.complete(rest(accepted));
              } catch (IOException | RuntimeException e) {
                after.completeExceptionally(new CompletionException(e));
              }
            });
    thread.setDaemon(true);
    thread.start();
    return after;
  }

  private static byte[] rest(SocketChannel channel) throws IOException {
    ByteBuffer buffer = ByteBuffer.allocate(1000);
    while (channel.read(buffer) >= 0) {
      assertThat(buffer.hasRemaining()).isTrue();
    }
    return Arrays.copyOf(buffer.array(), buffer.position());
  }

  /** Keeps what is written. */
  private static final class TappedSocket extends Socket {
    private final Socket inner;
    private final java.io.ByteArrayOutputStream written = new java.io.ByteArrayOutputStream();

    TappedSocket(Socket inner) {
      this.inner = inner;
    }

    byte[] written() {
      return written.toByteArray();
    }

    @Override
    public InputStream getInputStream() throws IOException {
      return inner.getInputStream();
    }

    @Override
    public synchronized void setSoTimeout(int millis) throws java.net.SocketException {
      inner.setSoTimeout(millis);
    }

    @Override
    public java.io.OutputStream getOutputStream() {
      return new java.io.OutputStream() {
        @Override
        public void write(int value) throws IOException {
          write(new byte[] {(byte) value}, 0, 1);
        }

        @Override
        public void write(byte[] bytes, int from, int length) throws IOException {
          written.write(bytes, from, length);
          inner.getOutputStream().write(bytes, from, length);
        }
      };
    }
  }
}
