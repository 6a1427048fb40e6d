package io.otakey.loadgen.live;

import io.otakey.loadgen.link.Credential;
import io.otakey.loadgen.link.Platform;
import io.otakey.loadgen.link.Receiver;
import io.otakey.loadgen.stats.LiveCount;
import io.otakey.protocol.device.Device;
import io.otakey.protocol.device.DeviceEvent;
import io.otakey.protocol.device.HeapFlash;
import io.otakey.protocol.device.LoginResult;
import io.otakey.protocol.device.Step;
import io.otakey.protocol.wire.DeviceRef;
import io.otakey.protocol.wire.KeyRef;
import io.otakey.protocol.wire.RequestType;
import java.util.Optional;

/** A device that lives on a lane: it does what its protocol says, at the gateway and elsewhere. */
final class Resident implements Receiver, Seat.Owner {
  static final long NO_ALARM = Long.MAX_VALUE;

  private final LiveLane lane;
  private final int index;
  private final DeviceRef ref;
  private final Device device;
  private final Seat seat;
  private long epoch;
  private long wakeAt = NO_ALARM;
  private long alarmAt = NO_ALARM;
  private boolean enrolling;
  private boolean keyChanged;
  private boolean grantGone;
  private boolean resting;

  Resident(LiveLane lane, int index) {
    this.lane = lane;
    this.index = index;
    this.ref = new DeviceRef(lane.plan().firmware().productId(), lane.plan().ids().id(index));
    this.device =
        new Device(ref, lane.plan().firmware(), lane.environment(), new HeapFlash(), this::on);
    this.seat = new Seat(lane, this);
  }

  int index() {
    return index;
  }

  Seat seat() {
    return seat;
  }

  /** When it wants to be rung. */
  long nextAt() {
    return Math.min(seat.isVerifying() ? NO_ALARM : wakeAt, seat.retryAt());
  }

  long alarmAt() {
    return alarmAt;
  }

  void alarmAt(long millis) {
    alarmAt = millis;
  }

  Place place() {
    Credential current = seat.current();
    Optional<Platform> platform = Optional.ofNullable(current).map(Credential::platform);
    return new Place(platform, epoch);
  }

  @Override
  public boolean isSettled() {
    return device.isSettled();
  }

  @Override
  public String name() {
    return ref.deviceId() + ", " + place();
  }

  @Override
  public void rearm() {
    lane.alarm(this);
  }

  void powerOn() {
    long now = lane.millis();
    device.powerOn(now);
    drive(device.step(now));
  }

  /** Does nothing any more, if it is not in the middle of an update: then a commit may be due. */
  void rest() {
    if (!resting && device.isSettled()) {
      resting = true;
      wakeAt = NO_ALARM;
      seat.freeze();
    }
  }

  boolean isResting() {
    return resting;
  }

  /** Its time has come. */
  void ring() {
    if (resting) {
      return;
    }
    long now = lane.millis();
    if (now >= wakeAt && !seat.isVerifying()) {
      drive(device.step(now));
    }
    seat.advance();
    lane.alarm(this);
  }

  @Override
  public void answered(Sent sent, byte[] answer) {
    lane.tally().answered(System.nanoTime() - sent.at());
    if (!resting && !seat.isVerifying()) { // while it verifies, nothing is open
      drive(device.onFrame(lane.millis(), answer));
    }
  }

  @Override
  public void pushed(byte[] notice) {
    if (!resting && !seat.isVerifying()) {
      drive(device.onFrame(lane.millis(), notice));
    }
  }

  @Override
  public void told() {
    if (!resting && !seat.isVerifying()) {
      drive(device.pollSoon(lane.millis()));
    }
  }

  @Override
  public void lost(Sent sent) {
    if (!resting && !seat.isVerifying()) {
      drive(device.onLost(lane.millis()));
    }
  }

  @Override
  public void verified(LoginResult result) {
    drive(device.onLogin(lane.millis(), result));
  }

  /** Does what the device says until it waits. */
  private void drive(Step first) {
    Step step = first;
    while (true) {
      follow();
      if (lane.isEnding()) {
        rest();
      }
      if (resting) {
        return;
      }
      if (step instanceof Step.WaitUntil wait) {
        wakeAt = wait.time();
        lane.alarm(this);
        return;
      }
      if (step instanceof Step.Send send) {
        lane.send(this, send.frame());
        if (send.type() == RequestType.CONFIRM) {
          lane.confirming(this);
        }
      } else if (step instanceof Step.LogIn login) {
        seat.verify(lane.credential(ref, login));
      }
      step = device.step(lane.millis());
    }
  }

  /** Takes to the platform what happened in the last step. */
  private void follow() {
    if (grantGone) {
      grantGone = false;
      seat.grantIsGone();
    }
    if (keyChanged) {
      keyChanged = false;
      seat.holds(device.platformLogin().map(login -> lane.credential(ref, login)).orElse(null));
    }
    if (device.isSettled()) {
      seat.settled();
    }
  }

  /** In the middle of a step. */
  private void on(DeviceEvent event) {
    if (event instanceof DeviceEvent.Enrolled enrolled) {
      count(LiveCount.ENROLLED);
      enrolling = true;
      confirmed(enrolled.key());
    } else if (event instanceof DeviceEvent.Rotated rotated) {
      count(LiveCount.ROTATIONS);
      enrolling = false;
      confirmed(rotated.key());
    } else if (event instanceof DeviceEvent.Moved && !enrolling) {
      count(LiveCount.MOVES);
    } else if (event instanceof DeviceEvent.Polled) {
      count(LiveCount.POLLS);
    } else if (event instanceof DeviceEvent.GaveUp) {
      count(LiveCount.ABANDONS);
    } else if (event instanceof DeviceEvent.Wiped) {
      grantGone = true;
    } else if (event instanceof DeviceEvent.Refused) {
      count(LiveCount.ERRORS);
    }
  }

  private void confirmed(KeyRef key) {
    epoch = key.epoch();
    keyChanged = true;
  }

  private void count(LiveCount what) {
    lane.tally().count(what);
  }
}
