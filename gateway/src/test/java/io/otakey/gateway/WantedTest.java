package io.otakey.gateway;

import static io.otakey.gateway.TestGateway.PRODUCT;
import static io.otakey.gateway.TestGateway.TESTER;
import static io.otakey.gateway.TestGateway.await;
import static org.assertj.core.api.Assertions.assertThat;

import io.otakey.gateway.registry.Connection;
import io.otakey.gateway.registry.Connections;
import io.otakey.gateway.registry.DeviceRecord;
import io.otakey.gateway.registry.OperatorAction;
import io.otakey.gateway.registry.Wanted;
import io.otakey.gateway.registry.Wish;
import io.otakey.protocol.handshake.DeviceHandshake;
import io.otakey.protocol.handshake.GrantPayload;
import io.otakey.protocol.wire.Answer;
import io.otakey.protocol.wire.Answer.Action;
import io.otakey.protocol.wire.DeviceRef;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/** What operators want of a device reaches it at its next POLL, until the device has got there. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class WantedTest {
  private TestGateway gateway;
  private int platform;

  @BeforeAll
  void start(@TempDir Path folder) {
    gateway = TestGateway.start(folder, Map.of()).withOpenProduct();
    Connection stored =
        new Connection(
            "cloud",
            "mqtt",
            "cloud.example",
            1883,
            Optional.empty(),
            Optional.empty(),
            Optional.empty(),
            Optional.empty());
    Connections connections = gateway.gateway().behind().connections();
    platform = await(connections.create(TESTER, stored)).id();
    await(gateway.gateway().behind().products().refresh());
  }

  @AfterAll
  void stop() {
    gateway.close();
  }

  @Test
  void aWantedRotation_isToldUntilItIsCommitted() throws Exception {
    TestDevice device = gateway.device("w1");
    TestDevice.Held first = enroll(device);
    assertThat(told(device, first)).isEqualTo(Action.NONE);
    want("w1", new Wish.Rotate());
    want("w1", new Wish.Rotate()); // means the same epoch
    assertThat(told(device, first)).isEqualTo(Action.ROTATE);
    assertThat(told(device, first)).as("until it is done").isEqualTo(Action.ROTATE);
    TestDevice.Held second = rotate(device, first);
    assertThat(second.grant().connection()).isEqualTo(new GrantPayload.Offer.Unchanged());
    assertThat(second.grant().flags()).as("there is no platform to log in to").isZero();
    assertThat(told(device, first)).as("not confirmed yet").isEqualTo(Action.ROTATE);
    confirm(device, second);
    assertThat(told(device, second)).isEqualTo(Action.NONE);
  }

  @Test
  void aWantedMove_isGrantedWithItsConnection_andHoldsOnceConfirmed() throws Exception {
    TestDevice device = gateway.device("w2");
    TestDevice.Held first = enroll(device);
    want("w2", new Wish.Move(platform));
    assertThat(told(device, first)).isEqualTo(Action.ROTATE_AND_MOVE);
    TestDevice.Held second = rotate(device, first);
    assertThat(second.grant().connection())
        .isInstanceOfSatisfying(
            GrantPayload.Offer.Given.class,
            given -> assertThat(given.connection().host()).isEqualTo("cloud.example"));
    assertThat(second.grant().flags()).isEqualTo(GrantPayload.VERIFY_LOGIN);
    assertThat(record("w2").row().connectionId()).as("nothing before the CONFIRM").isZero();
    confirm(device, second);
    assertThat(record("w2").row().connectionId()).isEqualTo(platform);
    assertThat(told(device, second)).isEqualTo(Action.NONE);

    want("w2", new Wish.Rotate());
    TestDevice.Held third = rotate(device, second);
    assertThat(third.grant().connection()).isEqualTo(new GrantPayload.Offer.Unchanged());
    assertThat(third.grant().flags()).as("its login is new").isEqualTo(GrantPayload.VERIFY_LOGIN);
    confirm(device, third);
    assertThat(record("w2").row().connectionId()).as("where it was").isEqualTo(platform);
  }

  @Test
  void aMoveThatTheDeviceAbandons_staysWanted_andTheOldKeyWorks() throws Exception {
    TestDevice device = gateway.device("w3");
    TestDevice.Held first = enroll(device);
    want("w3", new Wish.Move(platform));
    TestDevice.Held given = rotate(device, first);
    byte[] abandon = device.abandon(first, given.key().token());
    TestDevice.checked(first, abandon, gateway.post(abandon).body());
    assertThat(told(device, first)).isEqualTo(Action.ROTATE_AND_MOVE);
    want("w3", new Wish.Nothing());
    assertThat(told(device, first)).isEqualTo(Action.NONE);
    TestDevice.Held own = rotate(device, first);
    assertThat(own.grant().connection()).isEqualTo(new GrantPayload.Offer.Unchanged());
  }

  @Test
  void onlyActiveDevices_areAsked_andEachIsAudited() throws Exception {
    enroll(gateway.device("w4"));
    enroll(gateway.device("w5"));
    var devices = gateway.gateway().behind().administration();
    await(devices.act(TESTER, OperatorAction.BLOCK, new DeviceRef(PRODUCT, "w5")));
    List<String> asked =
        await(devices.want(TESTER, new Wish.Rotate(), PRODUCT, List.of("w5", "w4", "nobody")));
    assertThat(asked).containsExactly("w4");
    assertThat(record("w4").wanted()).isEqualTo(new Wanted(2, 0));
    assertThat(record("w5").wanted()).isEqualTo(Wanted.NOTHING);
  }

  private void want(String id, Wish wish) {
    var devices = gateway.gateway().behind().administration();
    assertThat(await(devices.want(TESTER, wish, PRODUCT, List.of(id)))).containsExactly(id);
  }

  private DeviceRecord record(String id) {
    var devices = gateway.gateway().behind().administration();
    return await(devices.get(new DeviceRef(PRODUCT, id))).orElseThrow();
  }

  private TestDevice.Held enroll(TestDevice device) throws Exception {
    DeviceHandshake handshake = device.enroll();
    TestDevice.Held held = device.take(handshake, gateway.post(handshake.request()).body());
    confirm(device, held);
    return held;
  }

  private TestDevice.Held rotate(TestDevice device, TestDevice.Held held) throws Exception {
    DeviceHandshake handshake = device.rotate(held);
    return device.take(handshake, gateway.post(handshake.request()).body());
  }

  private void confirm(TestDevice device, TestDevice.Held held) throws Exception {
    byte[] confirm = device.confirm(held);
    Answer answer = TestDevice.checked(held, confirm, gateway.post(confirm).body());
    assertThat(((Answer.Ack) answer).status()).isEqualTo(Answer.AckStatus.COMMITTED);
  }

  private Action told(TestDevice device, TestDevice.Held held) throws Exception {
    byte[] poll = device.poll(held);
    return ((Answer.Notice) TestDevice.checked(held, poll, gateway.post(poll).body())).action();
  }
}
