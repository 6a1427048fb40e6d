package io.otakey.gateway;

import io.otakey.protocol.handshake.DeviceHandshake;
import io.otakey.protocol.wire.KeyRef;
import java.io.IOException;
import java.net.http.HttpResponse;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;

/**
 * Whoever hears everything that devices send, from first to last, holds old keys, and extracted the
 * product's.
 */
final class Adversary {
  private static final int MAX_KEYS = 100;

  private final TestGateway node;
  private final List<WalkingDevice> fleet;
  private final int younger;
  private final Random random;
  private final List<TestDevice.Held> gained = new ArrayList<>();
  private int granted;

  /**
   * An adversary of this node.
   *
   * @param younger of every second device it has all keys but the last so many
   */
  Adversary(TestGateway node, List<WalkingDevice> fleet, int younger, Random random) {
    this.node = node;
    this.fleet = fleet;
    this.younger = younger;
    this.random = random;
  }

  /** How many keys it was granted. */
  int granted() {
    return granted;
  }

  /** Every frame that a device sent so far. */
  private List<byte[]> recorded() {
    return fleet.stream().flatMap(device -> device.sent().stream()).toList();
  }

  /** Sends every recorded frame, in any order; how many. */
  int replayEverything() throws IOException, InterruptedException {
    List<byte[]> frames = new ArrayList<>(recorded());
    Collections.shuffle(frames, random);
    for (byte[] frame : frames) {
      node.post(frame);
    }
    return frames.size();
  }

  /** Does one thing of all that it can. */
  void act() throws IOException, InterruptedException {
    switch (random.nextInt(4)) {
      case 0 -> replayOne();
      case 1, 2 -> useSomeKey();
      default -> enroll(any(fleet).ref().deviceId());
    }
  }

  /** Asks for another key with every one that it has. */
  void useEveryKey() throws IOException, InterruptedException {
    for (int number = 0; number < fleet.size(); number += 2) {
      for (KeyRef key : stolen(number)) {
        rotate(node.held(key));
      }
    }
  }

  private List<KeyRef> stolen(int number) {
    List<KeyRef> held = fleet.get(number).confirmed();
    return held.subList(0, Math.max(0, held.size() - younger));
  }

  private void replayOne() throws IOException, InterruptedException {
    List<byte[]> frames = any(fleet).sent();
    if (!frames.isEmpty()) {
      node.post(any(frames));
    }
  }

  private void useSomeKey() throws IOException, InterruptedException {
    int number = random.nextInt(fleet.size());
    List<KeyRef> stolen = stolen(number);
    if (!gained.isEmpty() && random.nextInt(3) == 0) {
      use(any(gained));
    } else if (number % 2 == 0 && !stolen.isEmpty()) {
      use(node.held(any(stolen)));
    }
  }

  private <T> T any(List<T> list) {
    return list.get(random.nextInt(list.size()));
  }

  private void use(TestDevice.Held held) throws IOException, InterruptedException {
    TestDevice device = node.device(held.key().ref().deviceId());
    switch (random.nextInt(6)) {
      case 0 -> node.post(device.confirm(held));
      case 1 -> node.post(device.poll(held));
      case 2 -> node.post(device.abandon(held, held.key().token()));
      default -> rotate(held);
    }
  }

  private void rotate(TestDevice.Held held) throws IOException, InterruptedException {
    TestDevice device = node.device(held.key().ref().deviceId());
    DeviceHandshake handshake = device.rotate(held);
    take(device, handshake, node.post(handshake.request()));
  }

  /** With the product's key. */
  void enroll(String id) throws IOException, InterruptedException {
    TestDevice device = node.device(id);
    DeviceHandshake handshake = device.enroll();
    take(device, handshake, node.post(handshake.request()));
  }

  private void take(TestDevice device, DeviceHandshake handshake, HttpResponse<byte[]> answer)
      throws IOException, InterruptedException {
    if (answer.statusCode() == 200) {
      granted++;
      TestDevice.Held held = device.take(handshake, answer.body());
      node.post(device.confirm(held));
      if (gained.size() < MAX_KEYS) {
        gained.add(held);
      }
    }
  }
}
