package io.otakey.loadgen.device;

import io.otakey.protocol.device.Device;
import io.otakey.protocol.device.DeviceEvent;
import io.otakey.protocol.device.Environment;
import io.otakey.protocol.device.Firmware;
import io.otakey.protocol.device.Flash;
import io.otakey.protocol.device.HeapFlash;
import io.otakey.protocol.device.LoginResult;
import io.otakey.protocol.device.Step;
import io.otakey.protocol.wire.DeviceRef;
import io.otakey.protocol.wire.KeyRef;
import io.otakey.protocol.wire.Refusal;
import io.otakey.protocol.wire.RequestType;
import java.util.Optional;
import java.util.function.BiConsumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * A device with its flash, and the goal that it has at present. Belongs to one event loop. Kept
 * small: a million of them live in one process.
 */
public final class VirtualDevice {
  /** What a device is to reach. */
  public enum Goal {
    /** A first confirmed key. */
    ENROLL,
    /** The next confirmed key. */
    ROTATE,
    /** A POLL under the confirmed key that the gateway serves. */
    PROVE,
    /** Switched off and on again, as many are at once after a failure of the mains; then a POLL. */
    RETURN
  }

  private final Device device;
  private final BiConsumer<RequestType, Refusal> refusals;
  private final @Nullable CutFlash cuts;
  private Goal goal = Goal.ENROLL;
  private boolean powered;
  private boolean reached;
  private boolean hopeless;
  private boolean orderAgain;
  private boolean enrolled;

  /**
   * A new device with blank flash.
   *
   * @param refusals hears of every ERROR that means something to the device
   */
  public VirtualDevice(
      DeviceRef ref,
      Firmware firmware,
      Environment environment,
      BiConsumer<RequestType, Refusal> refusals) {
    this(ref, firmware, environment, null, refusals);
  }

  /**
   * A new device whose power may be cut.
   *
   * @param flash blank; null: its power is never cut
   * @param refusals hears of every ERROR that means something to the device
   */
  public VirtualDevice(
      DeviceRef ref,
      Firmware firmware,
      Environment environment,
      @Nullable CutFlash flash,
      BiConsumer<RequestType, Refusal> refusals) {
    this.refusals = refusals;
    this.cuts = flash;
    Flash memory = flash == null ? new HeapFlash() : flash;
    this.device = new Device(ref, firmware, environment, memory, this::on);
  }

  /** Begins on a goal; then the first step. Milliseconds, as everywhere here. */
  public Step begin(Goal next, long now) {
    goal = next;
    reached = false;
    orderAgain = false;
    if (!powered || next == Goal.RETURN) {
      device.powerOn(now);
      powered = true;
    }
    hopeless =
        switch (next) {
          case ENROLL -> false;
          case ROTATE -> !device.orderRotation(now);
          case PROVE -> !device.orderPoll(now);
          case RETURN -> !enrolled;
        };
    return hopeless ? new Step.WaitUntil(now) : guarded(now, () -> device.step(now));
  }

  /** The next step. */
  public Step step(long now) {
    return guarded(
        now,
        () -> {
          if (orderAgain && device.orderRotation(now)) {
            orderAgain = false;
          }
          return device.step(now);
        });
  }

  /** An answer came. */
  public Step onFrame(long now, byte[] frame) {
    Step step = guarded(now, () -> device.onFrame(now, frame));
    return orderAgain && step instanceof Step.WaitUntil ? step(now) : step;
  }

  /** Power that goes comes back at once, and the device boots from what its flash holds. */
  private Step guarded(long now, Supplier<Step> action) {
    if (cuts == null) {
      return action.get();
    }
    try {
      return action.get();
    } catch (CutFlash.PowerCut cut) {
      orderAgain = goal == Goal.ROTATE && !reached;
      device.powerOn(now);
      return new Step.WaitUntil(now); // its next step may come to nothing if the goal is reached
    }
  }

  /**
   * Whether a NOTICE that nobody asked for makes the device rotate; it is not asked to any more.
   */
  public boolean obeys(long now, byte[] notice) {
    return device.onFrame(now, notice) instanceof Step.Send send
        && send.type() == RequestType.ROTATE;
  }

  /** The answer will not come. */
  public Step onLost(long now) {
    return guarded(now, () -> device.onLost(now));
  }

  /** A login to the platform; virtual devices always succeed. */
  public Step onLogin(long now) {
    return guarded(now, () -> device.onLogin(now, LoginResult.ACCEPTED));
  }

  /** Whether the goal is reached. */
  public boolean isReached() {
    return reached;
  }

  /** Whether the goal can no longer be reached: the key is not served. */
  public boolean isHopeless() {
    return hopeless;
  }

  /** Whether the device got a confirmed key. */
  public boolean isEnrolled() {
    return enrolled;
  }

  /** Epoch of the confirmed key in use; 0 if there is none. */
  public long epoch() {
    return device.currentKey().map(KeyRef::epoch).orElse(0L);
  }

  /** Its login to its platform; empty if it is on none. */
  public Optional<Step.LogIn> platformLogin() {
    return device.platformLogin();
  }

  private void on(DeviceEvent event) {
    if (event instanceof DeviceEvent.Enrolled) {
      enrolled = true;
      reached |= goal == Goal.ENROLL;
    } else if (event instanceof DeviceEvent.Rotated) {
      reached |= goal == Goal.ROTATE;
      orderAgain = false; // the cut came after the key was stored: this was the rotation
    } else if (event instanceof DeviceEvent.Polled) {
      reached |= goal == Goal.PROVE || goal == Goal.RETURN;
      orderAgain |= goal == Goal.ROTATE; // it gave up in silence and found back: told once more
    } else if (event instanceof DeviceEvent.Wiped) {
      orderAgain = goal == Goal.ROTATE;
    } else if (event instanceof DeviceEvent.Refused refused) {
      refusals.accept(refused.request(), refused.code());
      hopeless |= (goal == Goal.PROVE || goal == Goal.RETURN) && disproves(refused);
    }
  }

  private static boolean disproves(DeviceEvent.Refused refused) {
    return refused.authentic()
        && switch (refused.code()) {
          case REFUSED, UNKNOWN_DEVICE, SUPERSEDED -> true;
          case MALFORMED,
              UNSUPPORTED,
              NOT_RECOGNISED,
              ALREADY_ENROLLED,
              BUSY,
              INTERNAL,
              PLATFORM_UNAVAILABLE ->
              false;
        };
  }
}
