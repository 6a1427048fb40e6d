package io.otakey.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import io.otakey.gateway.registry.DeviceFilter;
import io.otakey.gateway.registry.DeviceRecord;
import io.otakey.protocol.key.DeviceRow;
import io.otakey.protocol.key.RowStatus;
import io.otakey.protocol.wire.DeviceRef;
import io.otakey.protocol.wire.KeyRef;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.TreeMap;

/** What a few true devices do together, and how they prove that their rows are theirs. */
final class WalkingFleet {
  /** Turns that the adversary has before the devices come. */
  private static final int HEAD_START = 25;

  private WalkingFleet() {}

  static List<WalkingDevice> of(TestGateway node, int size, Random random) {
    List<WalkingDevice> fleet = new ArrayList<>();
    for (int i = 0; i < size; i++) {
      DeviceRef ref = new DeviceRef(TestGateway.PRODUCT, "device-" + i);
      fleet.add(new WalkingDevice(ref, node, new Random(random.nextLong())));
    }
    return fleet;
  }

  static WalkingDevice.Link link(TestGateway node) {
    return frame -> Optional.of(node.post(frame).body());
  }

  /** The node gets the frame, and its answer is lost. */
  static WalkingDevice.Link deaf(TestGateway node) {
    return frame -> {
      node.post(frame);
      return Optional.empty();
    };
  }

  static void settle(TestGateway node, List<WalkingDevice> fleet)
      throws IOException, InterruptedException {
    for (WalkingDevice device : fleet) {
      device.settle(link(node));
    }
  }

  /** Each by itself, to the next epoch. */
  static void rotate(TestGateway node, List<WalkingDevice> fleet)
      throws IOException, InterruptedException {
    for (WalkingDevice device : fleet) {
      long epoch = device.key().orElseThrow().epoch();
      device.rotate();
      for (int i = 0; i < 50 && device.key().orElseThrow().epoch() == epoch; i++) {
        device.exchange(link(node));
      }
      device.settle(link(node));
      assertThat(device.key().orElseThrow().epoch()).isEqualTo(epoch + 1);
    }
  }

  static Map<String, DeviceRow> rows(TestGateway node) {
    Map<String, DeviceRow> rows = new TreeMap<>();
    List<DeviceRecord> page =
        TestGateway.await(
            node.gateway()
                .behind()
                .administration()
                .list(DeviceFilter.ALL, Optional.empty(), 1000));
    page.forEach(device -> rows.put(device.ref().deviceId(), device.row()));
    return rows;
  }

  /** The true devices prove it: each polls under its key, and the row has that key. */
  static void ownTheirRows(TestGateway node, List<WalkingDevice> fleet)
      throws IOException, InterruptedException {
    for (WalkingDevice device : fleet) {
      int polled = device.polled();
      device.poll();
      for (int i = 0; i < 60 && device.polled() == polled; i++) {
        device.exchange(link(node));
      }
      assertThat(device.polled()).as(device.ref() + " is served").isGreaterThan(polled);
      device.settle(link(node));
    }
    Map<String, DeviceRow> rows = rows(node);
    for (WalkingDevice device : fleet) {
      DeviceRow row = rows.getOrDefault(device.ref().deviceId(), DeviceRow.NONE);
      KeyRef key = device.key().orElseThrow();
      assertThat(row.status()).as(device.ref().toString()).isEqualTo(RowStatus.ACTIVE);
      assertThat(row.epoch()).as(device.ref().toString()).isEqualTo(key.epoch());
      assertThat(row.token()).as(device.ref().toString()).contains(key.token());
    }
  }

  /** Devices and adversary by turns at random, with answers lost on the way. */
  static void mingle(
      TestGateway node, List<WalkingDevice> fleet, Adversary adversary, Random random, int turns)
      throws IOException, InterruptedException {
    for (int i = 0; i < turns; i++) {
      if (i < HEAD_START || random.nextBoolean()) {
        adversary.act();
      } else {
        WalkingDevice device = fleet.get(random.nextInt(fleet.size()));
        device.exchange(random.nextInt(6) == 0 ? deaf(node) : link(node));
      }
    }
  }
}
