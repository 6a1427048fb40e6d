package io.otakey.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import io.otakey.protocol.handshake.DeviceHandshake;
import io.otakey.protocol.key.GrantToken;
import io.otakey.protocol.wire.Answer;
import io.otakey.protocol.wire.Refusal;
import io.otakey.protocol.wire.Token;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/** One device's life over HTTP against a whole gateway on a real database. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class HttpEndToEndTest {
  private TestGateway gateway;

  @BeforeAll
  void start(@TempDir Path folder) {
    gateway = TestGateway.start(folder, Map.of()).withOpenProduct();
  }

  @AfterAll
  void stop() {
    gateway.close();
  }

  @Test
  void enrollConfirmPollRotate_eachIsServed() throws Exception {
    TestDevice device = gateway.device("a1");
    TestDevice.Held first = gateway.enroll(device);
    assertThat(first.key().epoch()).isEqualTo(1);
    assertThat(poll(device, first)).isInstanceOf(Answer.Notice.class);

    TestDevice.Held second = gateway.rotate(device, first);
    assertThat(second.key().epoch()).isEqualTo(2);
    assertThat(poll(device, first)).as("the old key works").isInstanceOf(Answer.Notice.class);
    assertThat(confirm(device, second)).isEqualTo(Answer.AckStatus.COMMITTED);
    assertThat(confirm(device, second)).isEqualTo(Answer.AckStatus.WAS_COMMITTED);
    assertThat(poll(device, second)).isInstanceOf(Answer.Notice.class);
    assertThat(poll(device, first))
        .as("there is no way back")
        .isInstanceOfSatisfying(
            Answer.Refused.class, r -> assertThat(r.code()).isEqualTo(Refusal.SUPERSEDED));
  }

  @Test
  void repeatedEnroll_getsTheSameGrantAndAnotherAnotherKey() throws Exception {
    TestDevice device = gateway.device("a2");
    DeviceHandshake handshake = device.enroll();
    byte[] grant = gateway.post(handshake.request()).body();
    assertThat(gateway.post(handshake.request()).body()).isEqualTo(grant);
    DeviceHandshake other = device.enroll();
    TestDevice.Held held = device.take(handshake, grant);
    TestDevice.Held second = device.take(other, gateway.post(other.request()).body());
    assertThat(second.frameKey().secret()).isNotEqualTo(held.frameKey().secret());
    assertThat(confirm(device, second)).isEqualTo(Answer.AckStatus.COMMITTED);
    byte[] confirm = device.confirm(held);
    Answer answer = TestDevice.checked(held, confirm, gateway.post(confirm).body());
    assertThat(((Answer.Refused) answer).code()).isEqualTo(Refusal.SUPERSEDED);
  }

  @Test
  void abandonedGrant_isNeverCommitted() throws Exception {
    TestDevice device = gateway.device("a3");
    TestDevice.Held first = gateway.enroll(device);
    TestDevice.Held given = gateway.rotate(device, first);
    byte[] abandon = device.abandon(first, given.key().token());
    Answer.Ack ack = (Answer.Ack) TestDevice.checked(first, abandon, gateway.post(abandon).body());
    assertThat(ack.status()).isEqualTo(Answer.AckStatus.ABANDONED);
    byte[] confirm = device.confirm(given);
    Answer answer = TestDevice.checked(given, confirm, gateway.post(confirm).body());
    assertThat(((Answer.Refused) answer).code()).isEqualTo(Refusal.SUPERSEDED);
    assertThat(poll(device, first)).isInstanceOf(Answer.Notice.class);
  }

  /** Were it served, every replay would raise the row's attempt (invariant I3). */
  @Test
  void abandonOfATokenThatNoGatewayGrants_isMalformedAndChangesNothing() throws Exception {
    TestDevice device = gateway.device("a6");
    TestDevice.Held held = gateway.enroll(device);
    byte[] abandon = device.abandon(held, Token.of(new byte[14]));
    for (int i = 0; i < 2; i++) {
      Answer answer = TestDevice.checked(held, abandon, gateway.post(abandon).body());
      assertThat(((Answer.Refused) answer).code()).isEqualTo(Refusal.MALFORMED);
    }
    TestDevice.Held given = gateway.rotate(device, held);
    GrantToken token = GrantToken.decode(given.key().token()).orElseThrow();
    assertThat(token.attempt()).as("the row's attempt").isZero();
  }

  @Test
  void enrolledDevice_isToldSoAndKeepsItsKey() throws Exception {
    TestDevice device = gateway.device("a4");
    TestDevice.Held held = gateway.enroll(device);
    HttpResponse<byte[]> again = gateway.post(device.enroll().request());
    assertThat(again.statusCode()).isEqualTo(409);
    assertThat(((Answer.Refused) TestDevice.decode(again.body())).code())
        .isEqualTo(Refusal.ALREADY_ENROLLED);
    assertThat(poll(device, held)).isInstanceOf(Answer.Notice.class);
  }

  @Test
  void framesThatAreNot_getTheStatusOfTheProtocol() throws Exception {
    assertThat(gateway.post(new byte[] {1, 2, 3}).statusCode()).isEqualTo(400);
    byte[] request = gateway.device("a5").enroll().request();
    request[request.length - 1] ^= 1;
    HttpResponse<byte[]> forged = gateway.post(request);
    assertThat(forged.statusCode()).isEqualTo(401);
    assertThat(forged.body()).isEqualTo(new byte[] {0x2f, 3, 0, 0, 0, 0});
    assertThat(gateway.post(new byte[1025]).statusCode()).isEqualTo(413);
    assertThat(gateway.post(new byte[1024]).statusCode()).isEqualTo(400);
    assertThat(gateway.post(new byte[0]).statusCode()).isEqualTo(400);
    byte[] truncated = Arrays.copyOf(request, request.length - 20);
    assertThat(gateway.post(truncated).statusCode()).isEqualTo(400);
  }

  private Answer.AckStatus confirm(TestDevice device, TestDevice.Held held) throws Exception {
    Answer answer = gateway.ask(held, device.confirm(held));
    assertThat(answer).isInstanceOf(Answer.Ack.class);
    return ((Answer.Ack) answer).status();
  }

  private Answer poll(TestDevice device, TestDevice.Held held) throws Exception {
    return gateway.ask(held, device.poll(held));
  }
}
