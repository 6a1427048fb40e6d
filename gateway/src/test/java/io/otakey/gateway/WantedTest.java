package io.otakey.gateway;

import static io.otakey.gateway.TestGateway.PRODUCT;
import static io.otakey.gateway.TestGateway.TESTER;
import static io.otakey.gateway.TestGateway.await;
import static org.assertj.core.api.Assertions.assertThat;

import io.otakey.gateway.registry.AskedDevice;
import io.otakey.gateway.registry.DeviceChange;
import io.otakey.gateway.registry.DeviceRecord;
import io.otakey.gateway.registry.OperatorAction;
import io.otakey.gateway.registry.Wanted;
import io.otakey.gateway.registry.Wish;
import io.otakey.protocol.handshake.GrantPayload;
import io.otakey.protocol.wire.Answer;
import io.otakey.protocol.wire.Answer.Action;
import io.otakey.protocol.wire.DeviceRef;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
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
    platform = gateway.connection("cloud", "cloud.example", 1883);
  }

  @AfterAll
  void stop() {
    gateway.close();
  }

  @Test
  void aWantedRotation_isToldUntilItIsCommitted() throws Exception {
    TestDevice device = gateway.device("w1");
    TestDevice.Held first = gateway.enroll(device);
    assertThat(told(device, first)).isEqualTo(Action.NONE);
    gateway.want("w1", new Wish.Rotate());
    gateway.want("w1", new Wish.Rotate()); // means the same epoch
    assertThat(told(device, first)).isEqualTo(Action.ROTATE);
    assertThat(told(device, first)).as("until it is done").isEqualTo(Action.ROTATE);
    TestDevice.Held second = gateway.rotate(device, first);
    assertThat(second.grant().connection()).isEqualTo(new GrantPayload.Offer.Unchanged());
    assertThat(second.grant().flags()).as("there is no platform to log in to").isZero();
    assertThat(told(device, first)).as("not confirmed yet").isEqualTo(Action.ROTATE);
    gateway.commit(device, second);
    assertThat(told(device, second)).isEqualTo(Action.NONE);
  }

  @Test
  void aWantedMove_isGrantedWithItsConnection_andHoldsOnceConfirmed() throws Exception {
    TestDevice device = gateway.device("w2");
    TestDevice.Held first = gateway.enroll(device);
    gateway.want("w2", new Wish.Move(platform));
    assertThat(told(device, first)).isEqualTo(Action.ROTATE_AND_MOVE);
    TestDevice.Held second = gateway.rotate(device, first);
    assertThat(second.grant().connection())
        .isInstanceOfSatisfying(
            GrantPayload.Offer.Given.class,
            given -> assertThat(given.connection().host()).isEqualTo("cloud.example"));
    assertThat(second.grant().flags()).isEqualTo(GrantPayload.VERIFY_LOGIN);
    assertThat(record("w2").row().connectionId()).as("nothing before the CONFIRM").isZero();
    gateway.commit(device, second);
    assertThat(record("w2").row().connectionId()).isEqualTo(platform);
    assertThat(told(device, second)).isEqualTo(Action.NONE);

    gateway.want("w2", new Wish.Rotate());
    TestDevice.Held third = gateway.rotate(device, second);
    assertThat(third.grant().connection()).isEqualTo(new GrantPayload.Offer.Unchanged());
    assertThat(third.grant().flags()).as("its login is new").isEqualTo(GrantPayload.VERIFY_LOGIN);
    gateway.commit(device, third);
    assertThat(record("w2").row().connectionId()).as("where it was").isEqualTo(platform);
  }

  @Test
  void aMoveThatTheDeviceAbandons_staysWanted_andTheOldKeyWorks() throws Exception {
    TestDevice device = gateway.device("w3");
    TestDevice.Held first = gateway.enroll(device);
    gateway.want("w3", new Wish.Move(platform));
    TestDevice.Held given = gateway.rotate(device, first);
    gateway.ask(first, device.abandon(first, given.key().token()));
    assertThat(told(device, first)).isEqualTo(Action.ROTATE_AND_MOVE);
    gateway.want("w3", new Wish.Nothing());
    assertThat(told(device, first)).isEqualTo(Action.NONE);
    TestDevice.Held own = gateway.rotate(device, first);
    assertThat(own.grant().connection()).isEqualTo(new GrantPayload.Offer.Unchanged());
  }

  @Test
  void onlyActiveDevices_areAsked_andEachIsAudited() throws Exception {
    gateway.enroll(gateway.device("w4"));
    gateway.enroll(gateway.device("w5"));
    var devices = gateway.gateway().behind().administration();
    await(devices.act(TESTER, OperatorAction.BLOCK, new DeviceRef(PRODUCT, "w5")));
    List<AskedDevice> asked =
        await(devices.want(TESTER, new Wish.Rotate(), PRODUCT, List.of("w5", "w4", "nobody")));
    DeviceRef active = new DeviceRef(PRODUCT, "w4");
    assertThat(asked).containsExactly(new AskedDevice(active, 1, Action.ROTATE));
    assertThat(record("w4").wanted()).isEqualTo(new Wanted(2, 0));
    assertThat(record("w5").wanted()).isEqualTo(Wanted.NOTHING);
  }

  @Test
  void whatWasWanted_isKeptThroughAReset_andGoneForANewOwner() throws Exception {
    TestDevice device = gateway.device("w6");
    TestDevice.Held first = gateway.enroll(device);
    gateway.want("w6", new Wish.Move(platform));
    gateway.want("w6", new Wish.Rotate());
    Wanted wanted = new Wanted(2, platform);
    act(OperatorAction.RESET, "w6");
    assertThat(record("w6").wanted()).isEqualTo(wanted);
    act(OperatorAction.WITHDRAW_RESET, "w6");
    assertThat(told(device, first)).isEqualTo(Action.ROTATE_AND_MOVE);
    gateway.commit(device, gateway.rotate(device, first));
    assertThat(record("w6").row().connectionId()).isEqualTo(platform);

    int another = gateway.connection("elsewhere", "elsewhere.example", 1883);
    gateway.want("w6", new Wish.Move(another));
    act(OperatorAction.REMOVE, "w6");
    assertThat(record("w6").wanted()).isEqualTo(Wanted.NOTHING);
    act(OperatorAction.REOPEN, "w6");
    assertThat(record("w6").wanted()).isEqualTo(Wanted.NOTHING);
    assertThat(record("w6").row().connectionId()).isZero();
    TestDevice next = gateway.device("w6");
    assertThat(told(next, gateway.enroll(next))).isEqualTo(Action.NONE);
  }

  @Test
  void aDeviceThatLostItsFlash_isGivenTheConnectionOfItsRowAgain() throws Exception {
    TestDevice device = gateway.device("w7");
    TestDevice.Held first = gateway.enroll(device);
    gateway.want("w7", new Wish.Move(platform));
    gateway.commit(device, gateway.rotate(device, first));
    act(OperatorAction.RESET, "w7");
    TestDevice.Held anew = gateway.enroll(gateway.device("w7"));
    assertThat(anew.grant().connection()).isInstanceOf(GrantPayload.Offer.Given.class);
    assertThat(record("w7").row().connectionId()).isEqualTo(platform);
  }

  private void act(OperatorAction action, String id) {
    var devices = gateway.gateway().behind().administration();
    assertThat(await(devices.act(TESTER, action, new DeviceRef(PRODUCT, id))))
        .isInstanceOf(DeviceChange.Changed.class);
  }

  private DeviceRecord record(String id) {
    var devices = gateway.gateway().behind().administration();
    return await(devices.get(new DeviceRef(PRODUCT, id))).orElseThrow();
  }

  private Action told(TestDevice device, TestDevice.Held held) throws Exception {
    return ((Answer.Notice) gateway.ask(held, device.poll(held))).action();
  }
}
