package io.otakey.loadgen;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpServer;
import io.netty.channel.EventLoop;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.otakey.loadgen.link.Credential;
import io.otakey.loadgen.link.Endpoint;
import io.otakey.loadgen.link.Login;
import io.otakey.loadgen.link.Login.Outcome;
import io.otakey.loadgen.link.Loops;
import io.otakey.loadgen.link.Platform;
import io.otakey.loadgen.link.PlatformClient;
import io.otakey.loadgen.platform.SimulatedPlatform;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The simulated platform asks the hook as RabbitMQ does, and does what it says. */
@Timeout(60)
class SimulatedPlatformTest {
  private final MultiThreadIoEventLoopGroup group = Loops.open("test", 1);
  private final EventLoop loop = group.next();
  private final HttpServer hook = HttpServer.create(new InetSocketAddress("127.0.0.1", 0), 0);
  private final List<String> asked = new CopyOnWriteArrayList<>();
  private final BlockingQueue<Object> heard = new LinkedBlockingQueue<>();
  private final SimulatedPlatform platform;

  SimulatedPlatformTest() throws IOException, InterruptedException {
    hook.createContext(
        "/",
        exchange -> {
          String form =
              new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.US_ASCII);
          asked.add(exchange.getRequestURI() + " " + form);
          boolean broken = form.contains("broken");
          byte[] answer =
              (form.contains("password=right+%26+good") || form.contains("right%20%26%20good")
                      ? "allow"
                      : "deny")
                  .getBytes(StandardCharsets.US_ASCII);
          exchange.sendResponseHeaders(broken ? 503 : 200, answer.length);
          exchange.getResponseBody().write(answer);
          exchange.close();
        });
    hook.start();
    Endpoint endpoint = new Endpoint("127.0.0.1", hook.getAddress().getPort());
    InetSocketAddress anywhere = new InetSocketAddress("127.0.0.1", 0);
    platform = SimulatedPlatform.start("cloud", endpoint, group, anywhere);
  }

  @AfterEach
  void stop() {
    hook.stop(0);
    Loops.end(group);
  }

  @Test
  void loginsAreAsTheHookSays() throws Exception {
    assertThat(logIn("c1", "right & good")).isEqualTo(Outcome.ACCEPTED);
    assertThat(logIn("c2", "wrong")).isEqualTo(Outcome.REFUSED);
    assertThat(logIn("c3", "broken")).isEqualTo(Outcome.UNREACHABLE);
    assertThat(platform.sessions()).isEqualTo(1);
    assertThat(asked.get(0))
        .startsWith("/cloud/rabbitmq/user ")
        .contains("username=demo.dev%253A1.01", "client_id=c1", "vhost=");
    hook.stop(0);
    assertThat(logIn("c4", "right & good")).as("nobody to ask").isEqualTo(Outcome.UNREACHABLE);
  }

  @Test
  void anotherLoginOfTheSameClient_endsTheFirst() throws Exception {
    assertThat(logIn("c1", "right & good")).isEqualTo(Outcome.ACCEPTED);
    begin("c1", "right & good");
    assertThat(List.of(next(), next())).containsExactlyInAnyOrder("lost", Outcome.ACCEPTED);
    assertThat(platform.sessions()).isEqualTo(1);
  }

  @Test
  void moreLoginsThanConnectionsToTheHook_areAllAnswered() throws Exception {
    List<Object> outcomes = new ArrayList<>();
    for (int i = 0; i < 200; i++) {
      begin("c" + i, i % 2 == 0 ? "right & good" : "wrong");
    }
    for (int i = 0; i < 200; i++) {
      outcomes.add(next());
    }
    assertThat(outcomes).filteredOn(Outcome.ACCEPTED::equals).hasSize(100);
    assertThat(outcomes).filteredOn(Outcome.REFUSED::equals).hasSize(100);
  }

  private Object logIn(String clientId, String password) throws Exception {
    begin(clientId, password);
    return next();
  }

  private Object next() throws InterruptedException {
    Object next = heard.poll(20, TimeUnit.SECONDS);
    assertThat(next).as("it is answered").isNotNull();
    return next;
  }

  private void begin(String clientId, String password) throws Exception {
    Platform at = new Platform("cloud", new InetSocketAddress("127.0.0.1", platform.port()));
    Credential shown = new Credential(at, clientId, "demo.dev%3A1.01", "", password);
    PlatformClient client = new PlatformClient(loop, List.of(), 15_000, false);
    loop.submit(
            () ->
                client.open(
                    shown,
                    new Login.Listener() {
                      @Override
                      public void ended(Login login, Outcome outcome) {
                        heard.add(outcome);
                      }

                      @Override
                      public void lost(Login login) {
                        heard.add("lost");
                      }
                    }))
        .get();
  }
}
