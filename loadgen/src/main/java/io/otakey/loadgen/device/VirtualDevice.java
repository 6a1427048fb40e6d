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
    /** A POLL under the confirmed key that the gateway serves; after an unfinished update. */
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
  private boolean pollAgain;
  private boolean enrolled;
  private boolean refused;
  private boolean turnedAway;

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
    refused = false;
    if (!powered || next == Goal.RETURN) {
      device.powerOn(now);
      powered = true;
    }
    hopeless =
        switch (next) {
          case ENROLL -> false;
          case ROTATE -> !device.orderRotation(now);
          case PROVE, RETURN -> !isKnown();
        };
    pollAgain = next == Goal.PROVE && !device.orderPoll(now);
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
          if (pollAgain && device.orderPoll(now)) {
            pollAgain = false;
          }
          return device.step(now);
        });
  }

  /** An answer came. */
  public Step onFrame(long now, byte[] frame) {
    Step step = guarded(now, () -> device.onFrame(now, frame));
    return (orderAgain || pollAgain) && step instanceof Step.WaitUntil ? step(now) : step;
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

  /** Whether the goal can no longer be reached: no key is served, and none will be granted. */
  public boolean isHopeless() {
    return hopeless;
  }

  /** Whether the device got a confirmed key. */
  public boolean isEnrolled() {
    return enrolled;
  }

  /** Whether the device holds a key, confirmed or not, or once held a confirmed one. */
  public boolean isKnown() {
    return enrolled || device.holdsKey();
  }

  /**
   * Whether the device is bricked, as far as it was found out on the way to the present goal: the
   * gateway proved that it does not serve the only key that is left, or there is none left.
   */
  public boolean isBricked() {
    return refused || (enrolled && !device.holdsKey());
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
      updated();
    } else if (event instanceof DeviceEvent.Rotated) {
      reached |= goal == Goal.ROTATE;
      orderAgain = false; // the cut came after the key was stored: this was the rotation
      updated();
    } else if (event instanceof DeviceEvent.Polled) {
      reached |= isAsking();
      refused = false;
      orderAgain |= goal == Goal.ROTATE; // it gave up in silence and found back: told once more
    } else if (event instanceof DeviceEvent.Wiped) {
      orderAgain = goal == Goal.ROTATE;
      pollAgain = isAsking();
    } else if (event instanceof DeviceEvent.Refused answer) {
      refusals.accept(answer.request(), answer.code());
      refused(answer);
    }
  }

  private boolean isAsking() {
    return goal == Goal.PROVE || goal == Goal.RETURN;
  }

  /** It has another key, of which the gateway said nothing yet but that it took it. */
  private void updated() {
    refused = false;
    turnedAway = false;
    pollAgain = isAsking();
  }

  /**
   * A refused POLL is not the end: the device tries to enroll once more, by its own rules, and is
   * well if the gateway lets it. Refusals in the middle of an update are part of its way.
   */
  private void refused(DeviceEvent.Refused answer) {
    boolean barred = false;
    if (answer.request() == RequestType.POLL && answer.authentic() && device.isSettled()) {
      barred = answer.code() == Refusal.REFUSED;
      refused |= barred || isUnserved(answer.code());
    } else if (answer.request() == RequestType.ENROLL) {
      turnedAway |= answer.code() == Refusal.REFUSED || answer.code() == Refusal.ALREADY_ENROLLED;
    }
    hopeless |= isAsking() && (barred || (turnedAway && (refused || !device.holdsKey())));
  }

  private static boolean isUnserved(Refusal code) {
    return switch (code) {
      case UNKNOWN_DEVICE, SUPERSEDED -> true;
      case REFUSED,
          MALFORMED,
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
