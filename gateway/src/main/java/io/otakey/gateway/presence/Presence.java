package io.otakey.gateway.presence;

import io.otakey.protocol.wire.DeviceRef;
import io.otakey.protocol.wire.KeyRef;
import java.util.Arrays;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Which connections of this node devices are at the other end of, and under which key: the newest
 * three on which frames of that device, and of no other, were authentic (protocol section 8). A
 * connection stands for one device at most, so there are never more devices than connections.
 * Thread-safe, without locks; a line is used on its connection's event loop.
 */
public final class Presence {
  /** Recorded frames that a stranger sends first are not to push the device itself out. */
  private static final int NEWEST = 3;

  private final Map<DeviceRef, Held> devices = new ConcurrentHashMap<>();

  /** A device that is connected. Nobody changes the array. */
  private record Held(KeyRef key, Line[] lines) {
    Held with(KeyRef shown, Line line) {
      Stream<Line> older = Arrays.stream(lines).filter(known -> known != line);
      Line[] newest = Stream.concat(Stream.of(line), older).limit(NEWEST).toArray(Line[]::new);
      KeyRef compact = new KeyRef(key.ref(), shown.epoch(), shown.token());
      return new Held(compact, newest);
    }

    @Nullable Held without(Line line) {
      Line[] left = Arrays.stream(lines).filter(known -> known != line).toArray(Line[]::new);
      return left.length == 0 ? null : new Held(key, left);
    }
  }

  /** One connection, from its opening to its end. */
  public final class Line {
    private final Consumer<byte[]> push;
    private @Nullable DeviceRef device;
    private boolean shared;
    private boolean closed;

    private Line(Consumer<byte[]> push) {
      this.push = push;
    }

    /** A frame under this key came here first, and the key is its device's current one. */
    public void shows(KeyRef key) {
      if (shared || closed) {
        return;
      }
      if (device == null) {
        device = key.ref();
      } else if (!device.equals(key.ref())) {
        shared = true;
        withdraw();
        return;
      }
      devices.merge(
          key.ref(), new Held(key, new Line[] {this}), (held, fresh) -> held.with(key, this));
    }

    /** The connection ended. */
    public void close() {
      closed = true;
      withdraw();
    }

    private void withdraw() {
      if (device != null) {
        devices.computeIfPresent(device, (ref, held) -> held.without(this));
      }
    }
  }

  /**
   * A new connection.
   *
   * @param push takes a frame that nobody asked for; called on any thread, must not block
   */
  public Line open(Consumer<byte[]> push) {
    return new Line(push);
  }

  /** Devices that are connected to this node. */
  public int size() {
    return devices.size();
  }

  /** Whether the device is connected to this node. */
  public boolean holds(DeviceRef device) {
    return devices.containsKey(device);
  }

  /** The key that the device showed last; empty if it is not connected to this node. */
  Optional<KeyRef> key(DeviceRef device) {
    return Optional.ofNullable(devices.get(device)).map(Held::key);
  }

  /** Gives the frame to the device's connections. */
  void push(DeviceRef device, byte[] frame) {
    Held held = devices.get(device);
    if (held != null) {
      for (Line line : held.lines()) {
        line.push.accept(frame);
      }
    }
  }
}
