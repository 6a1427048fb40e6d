package io.otakey.gateway.presence;

import static org.assertj.core.api.Assertions.assertThat;

import io.otakey.gateway.registry.AskedDevice;
import io.otakey.protocol.wire.Answer.Action;
import io.otakey.protocol.wire.DeviceRef;
import io.otakey.protocol.wire.KeyRef;
import io.otakey.protocol.wire.Token;
import io.vertx.core.buffer.Buffer;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class PresenceTest {
  private static final byte[] FRAME = {1};

  private final Presence presence = new Presence();
  private final List<String> pushed = new ArrayList<>();

  @Test
  void aDevice_isAtTheNewestThreeConnections_andUnderTheKeyItShowedLast() {
    Presence.Line first = line("1");
    first.shows(key("a", 1));
    line("2").shows(key("a", 1));
    line("3").shows(key("a", 2));
    assertThat(pushTo("a")).containsExactly("3", "2", "1");
    line("4").shows(key("a", 2));
    assertThat(pushTo("a")).containsExactly("4", "3", "2");
    first.shows(key("a", 2));
    assertThat(pushTo("a")).as("it is back").containsExactly("1", "4", "3");
    assertThat(presence.key(ref("a")).orElseThrow()).isEqualTo(key("a", 2));
    assertThat(presence.size()).isEqualTo(1);
  }

  @Test
  void anEndedConnection_isForgotten_andAnAnswerThatComesLateDoesNotBringItBack() {
    Presence.Line ended = line("1");
    ended.shows(key("a", 1));
    Presence.Line open = line("2");
    open.shows(key("a", 1));
    ended.close();
    ended.shows(key("a", 1));
    assertThat(pushTo("a")).containsExactly("2");
    open.close();
    assertThat(presence.size()).isZero();
    assertThat(presence.key(ref("a"))).isEmpty();
  }

  @Test
  void aConnectionOfSeveralDevices_holdsNoneOfThem() {
    Presence.Line proxy = line("proxy");
    proxy.shows(key("a", 1));
    Presence.Line own = line("own");
    own.shows(key("b", 1));
    proxy.shows(key("b", 1));
    proxy.shows(key("a", 1));
    assertThat(pushTo("a")).isEmpty();
    assertThat(pushTo("b")).as("nobody's frame moves another's").containsExactly("own");
    assertThat(presence.size()).isEqualTo(1);
  }

  @Test
  void announcements_travelAsBytes_andDamagedOnesAreRefused() {
    List<AskedDevice> devices =
        List.of(
            new AskedDevice(ref("a"), 1, Action.ROTATE),
            new AskedDevice(
                new DeviceRef("p".repeat(32), "d".repeat(64)),
                KeyRef.MAX_EPOCH,
                Action.ROTATE_AND_MOVE));
    Buffer bytes = Announcement.encode(devices);
    assertThat(Announcement.decode(bytes)).contains(devices);
    int second = Announcement.encode(devices.subList(0, 1)).length();
    for (int length = 1; length < bytes.length(); length++) {
      if (length != second) {
        assertThat(Announcement.decode(bytes.slice(0, length))).as("%d bytes", length).isEmpty();
      }
    }
    Buffer strange = bytes.copy().setByte(4, (byte) 7);
    assertThat(Announcement.decode(strange)).isEmpty();
  }

  private Presence.Line line(String name) {
    return presence.open(frame -> pushed.add(name));
  }

  private List<String> pushTo(String device) {
    pushed.clear();
    presence.push(ref(device), FRAME);
    return List.copyOf(pushed);
  }

  private static DeviceRef ref(String id) {
    return new DeviceRef("thermo", id);
  }

  private static KeyRef key(String id, long epoch) {
    return new KeyRef(ref(id), epoch, Token.of(new byte[] {(byte) epoch}));
  }
}
