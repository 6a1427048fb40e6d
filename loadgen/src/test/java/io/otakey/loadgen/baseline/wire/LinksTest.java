package io.otakey.loadgen.baseline.wire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.channel.EventLoop;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.handler.ssl.SslContext;
import io.otakey.loadgen.link.Endpoint;
import io.otakey.loadgen.link.Loops;
import io.otakey.loadgen.network.Direction;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What the harness counts, against sockets that count for themselves. */
class LinksTest {
  private final MultiThreadIoEventLoopGroup group = Loops.open("links-test", 1);
  private final EventLoop loop = group.next();
  private final Authority authority = new Authority("CA");

  @AfterEach
  void stop() {
    Loops.end(group);
  }

  @Test
  void bytesOfTheTrace_areThoseOfTheSockets_withAndWithoutTls() throws Exception {
    SslContext trust = authority.device(Optional.empty());
    long plain = compare(Optional.empty(), Optional.empty());
    long secure = compare(Optional.of(authority.server(Optional.empty())), Optional.of(trust));
    assertThat(secure).isGreaterThan(plain + 1_000);
  }

  /** Bytes that a relay of plain sockets passed on, which must be what the harness saw. */
  private long compare(Optional<SslContext> server, Optional<SslContext> device) throws Exception {
    try (Host host = Host.start(server, pipeline -> HttpHandler.install(pipeline, this::echo));
        CountingRelay relay = new CountingRelay(host.endpoint())) {
      Links links = new Links(loop);
      try (HttpLine line = HttpLine.open(links, relay.endpoint(), device)) {
        for (int i = 0; i < 3; i++) {
          assertThat(line.post("/", Map.of(), new byte[20_000]).body()).hasSize(20_000);
        }
      }
      relay.awaitEnd();
      assertThat(links.trace().bytes(Direction.UP)).isEqualTo(relay.up.get());
      assertThat(links.trace().bytes(Direction.DOWN)).isEqualTo(relay.down.get());
      assertThat(links.answers()).isEqualTo(3);
      if (device.isEmpty()) {
        assertThat(links.applicationBytes(Direction.UP)).isEqualTo(relay.up.get());
      }
      return relay.up.get() + relay.down.get();
    }
  }

  private HttpHandler.Answer echo(HttpHandler.Request request) {
    return new HttpHandler.Answer(200, Map.of(), request.body());
  }

  @Test
  void tlsHandshake_andFirstRequest_areTwoRoundTripsAfterTcps() throws Exception {
    try (Host host =
        Host.start(
            Optional.of(authority.server(Optional.empty())),
            pipeline -> HttpHandler.install(pipeline, this::echo))) {
      Links links = new Links(loop);
      Optional<SslContext> trust = Optional.of(authority.device(Optional.empty()));
      try (HttpLine line = HttpLine.open(links, host.endpoint(), trust)) {
        line.get("/", Map.of());
      }
      assertThat(links.trace().roundTrips()).isEqualTo(3);
    }
  }

  @Test
  void lostAnswer_neverReachesTheDevice_andTheServerDidItsWork() throws Exception {
    try (Host host =
        Host.start(Optional.empty(), pipeline -> HttpHandler.install(pipeline, this::echo))) {
      Links links = new Links(loop, 2);
      try (HttpLine line = HttpLine.open(links, host.endpoint(), Optional.empty())) {
        line.get("/", Map.of());
        assertThatThrownBy(() -> line.get("/", Map.of())).isInstanceOf(AnswerLostException.class);
        assertThat(links.trace().connections().get(0)).hasSize(4);
        assertThatThrownBy(() -> line.get("/", Map.of()))
            .isInstanceOf(IOException.class)
            .isNotInstanceOf(AnswerLostException.class);
      }
    }
  }

  @Test
  void strangerToTheAuthority_isNotTalkedTo() throws Exception {
    try (Host host =
        Host.start(
            Optional.of(authority.server(Optional.empty())),
            pipeline -> HttpHandler.install(pipeline, this::echo))) {
      Optional<SslContext> other = Optional.of(new Authority("Other").device(Optional.empty()));
      try (HttpLine line = HttpLine.open(new Links(loop), host.endpoint(), other)) {
        assertThatThrownBy(() -> line.get("/", Map.of())).isInstanceOf(IOException.class);
      }
    }
  }

  /** One connection, carried by two threads on plain sockets. */
  private static final class CountingRelay implements AutoCloseable {
    private final ServerSocket listener = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
    private final AtomicLong up = new AtomicLong();
    private final AtomicLong down = new AtomicLong();
    private final Thread carrier;

    CountingRelay(Endpoint target) throws IOException {
      carrier = new Thread(() -> carry(target), "relay");
      carrier.start();
    }

    Endpoint endpoint() {
      return new Endpoint("localhost", listener.getLocalPort());
    }

    void awaitEnd() throws InterruptedException {
      carrier.join(10_000);
    }

    private void carry(Endpoint target) {
      try (Socket device = listener.accept();
          Socket server = new Socket("127.0.0.1", target.port())) {
        Thread back = new Thread(() -> pump(server, device, down), "relay-back");
        back.start();
        pump(device, server, up);
        back.join();
      } catch (IOException | InterruptedException e) {
        throw new IllegalStateException(e);
      }
    }

    private static void pump(Socket from, Socket to, AtomicLong count) {
      byte[] buffer = new byte[16_384];
      try {
        InputStream in = from.getInputStream();
        OutputStream out = to.getOutputStream();
        for (int read = in.read(buffer); read >= 0; read = in.read(buffer)) {
          count.addAndGet(read);
          out.write(buffer, 0, read);
        }
      } catch (IOException e) {
        // a reset ends it as well
      }
      end(to);
    }

    private static void end(Socket socket) {
      try {
        socket.close();
      } catch (IOException e) {
        // it is closed all the same
      }
    }

    @Override
    public void close() throws IOException {
      listener.close();
    }
  }
}
