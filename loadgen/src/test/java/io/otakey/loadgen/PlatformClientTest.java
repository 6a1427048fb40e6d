package io.otakey.loadgen;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.channel.EventLoop;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.handler.codec.mqtt.MqttConnectReturnCode;
import io.otakey.loadgen.link.Credential;
import io.otakey.loadgen.link.Login;
import io.otakey.loadgen.link.Login.Outcome;
import io.otakey.loadgen.link.Loops;
import io.otakey.loadgen.link.Platform;
import io.otakey.loadgen.link.PlatformClient;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Logins to platforms, good ones and bad ones: each ends once, and in time. */
@Timeout(30)
class PlatformClientTest {
  private static final long SILENCE_MILLIS = 600;

  private final MultiThreadIoEventLoopGroup group = Loops.open("test", 1);
  private final EventLoop loop = group.next();
  private long withinMillis = 10_000;
  private boolean listens;
  private final BlockingQueue<Object> heard = new LinkedBlockingQueue<>();
  private final Login.Listener listener =
      new Login.Listener() {
        @Override
        public void ended(Login login, Outcome outcome) {
          heard.add(outcome);
        }

        @Override
        public void lost(Login login) {
          heard.add("lost");
        }

        @Override
        public void told(Login login) {
          heard.add("told");
        }
      };

  @AfterEach
  void stop() {
    Loops.end(group);
  }

  @Test
  void aLogin_showsWhatItWasGiven_andStaysUntilItIsClosed() throws Exception {
    try (FakePlatform platform = new FakePlatform(FakePlatform.asking(shown -> true))) {
      Login login = logIn(platform.address());
      assertThat(next()).isEqualTo(Outcome.ACCEPTED);
      assertThat(platform.logins)
          .containsExactly(new FakePlatform.Shown("client", "name", "secret"));
      assertThat(platform.sessions).containsOnlyKeys("client");
      loop.execute(login::close);
      while (!platform.sessions.isEmpty()) {
        TimeUnit.MILLISECONDS.sleep(5);
      }
      assertSilence();
    }
  }

  @Test
  void word_isHeardOnItsTopicAlone_andByWhoListensOnly() throws Exception {
    try (FakePlatform platform = new FakePlatform(FakePlatform.asking(shown -> true))) {
      logIn(platform.address());
      assertThat(next()).isEqualTo(Outcome.ACCEPTED);
      assertSilence();
      assertThat(platform.subscriptions).isEmpty();
      listens = true;
      logIn(platform.address()); // the same client id
      assertThat(List.of(next(), next())).containsExactlyInAnyOrder("lost", Outcome.ACCEPTED);
      assertThat(platform.subscriptions).as("before it is there").containsExactly("own/notices");
      platform.tell("client", "another/notices");
      platform.tell("client", "own/notices");
      assertThat(next()).isEqualTo("told");
      assertSilence();
    }
  }

  @Test
  void aSessionThatThePlatformEnds_isLostOnce() throws Exception {
    try (FakePlatform platform = new FakePlatform(FakePlatform.asking(shown -> true))) {
      logIn(platform.address());
      assertThat(next()).isEqualTo(Outcome.ACCEPTED);
      logIn(platform.address()); // the same client id
      assertThat(List.of(next(), next())).containsExactlyInAnyOrder("lost", Outcome.ACCEPTED);
      assertSilence();
    }
  }

  @Test
  void whatThePlatformSays_isToldApart() throws Exception {
    assertThat(outcome(MqttConnectReturnCode.CONNECTION_REFUSED_BAD_USER_NAME_OR_PASSWORD))
        .isEqualTo(Outcome.REFUSED);
    assertThat(outcome(MqttConnectReturnCode.CONNECTION_REFUSED_NOT_AUTHORIZED))
        .isEqualTo(Outcome.REFUSED);
    assertThat(outcome(MqttConnectReturnCode.CONNECTION_REFUSED_SERVER_UNAVAILABLE))
        .as("it is not about the credential")
        .isEqualTo(Outcome.UNREACHABLE);
  }

  @Test
  void aPlatformThatIsMuteOrClosesOrSpeaksGarbage_isUnreachable() throws Exception {
    withinMillis = 300;
    for (FakePlatform.Manner manner :
        List.of(FakePlatform.MUTE, FakePlatform.CLOSING, FakePlatform.GARBAGE)) {
      assertThat(outcome(manner)).isEqualTo(Outcome.UNREACHABLE);
    }
  }

  @Test
  void aPlatformThatNeverTakesTheConnection_isUnreachable() throws Exception {
    withinMillis = 300;
    try (ServerSocket socket = new ServerSocket(0)) { // nobody accepts; the kernel does
      logIn(new InetSocketAddress("127.0.0.1", socket.getLocalPort()));
      assertThat(next()).isEqualTo(Outcome.UNREACHABLE);
    }
    logIn(new InetSocketAddress("127.0.0.1", 1)); // nobody listens
    assertThat(next()).isEqualTo(Outcome.UNREACHABLE);
    logIn(InetSocketAddress.createUnresolved("no-such-host.invalid", 1883));
    assertThat(next()).isEqualTo(Outcome.UNREACHABLE);
    assertSilence();
  }

  private Object outcome(MqttConnectReturnCode code) throws Exception {
    return outcome(FakePlatform.saying(code));
  }

  private Object outcome(FakePlatform.Manner manner) throws Exception {
    try (FakePlatform platform = new FakePlatform(manner)) {
      logIn(platform.address());
      Object outcome = next();
      assertSilence();
      return outcome;
    }
  }

  private Login logIn(InetSocketAddress address) throws Exception {
    Credential credential =
        new Credential(new Platform("cloud", address), "client", "name", "own/notices", "secret");
    PlatformClient client = new PlatformClient(loop, List.of(), withinMillis, listens);
    return loop.submit(() -> client.open(credential, listener)).get();
  }

  private Object next() throws InterruptedException {
    Object next = heard.poll(10, TimeUnit.SECONDS);
    assertThat(next).as("it ends in time").isNotNull();
    return next;
  }

  private void assertSilence() throws InterruptedException {
    assertThat(heard.poll(SILENCE_MILLIS, TimeUnit.MILLISECONDS)).isNull();
  }
}
