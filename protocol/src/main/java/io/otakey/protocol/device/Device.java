package io.otakey.protocol.device;

import io.otakey.protocol.key.FrameKey;
import io.otakey.protocol.wire.Answer;
import io.otakey.protocol.wire.DeviceRef;
import io.otakey.protocol.wire.KeyRef;
import io.otakey.protocol.wire.MalformedFrameException;
import io.otakey.protocol.wire.Refusal;
import io.otakey.protocol.wire.RequestType;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A device: everything of protocol section 7. Its host gives it time and frames, and does what the
 * returned steps say; the device keeps nothing but its flash and a little memory. All times are
 * milliseconds on one clock of the host's choice that never goes back. Not thread-safe.
 *
 * <p>The host calls {@link #powerOn} first and after every loss of power. A device that a {@link
 * Flash} threw out of is without power until then.
 */
public final class Device {
  private final Core core;
  private @Nullable Mode mode;

  /** A device that is still switched off. */
  public Device(
      DeviceRef ref,
      Firmware firmware,
      Environment environment,
      Flash flash,
      DeviceEvent.Listener listener) {
    this.core = new Core(ref, firmware, environment, new Slots(flash), listener);
  }

  /** Power comes (back): puts flash in order and starts from what it holds. */
  public void powerOn(long now) {
    mode = null;
    core.line.close();
    core.line.relax();
    core.silence.poweredOn(now);
    core.slots.boot();
    long wait =
        core.slots.isBlank()
            ? 0
            : core.timing().upTo(Timing.FIRST_FRAME, core.environment.random());
    core.line.speakAt(now + wait);
    core.pollAt = now + wait;
    resume();
  }

  /** What to do at this time. To be asked again after a frame was sent or the time has come. */
  public Step step(long now) {
    if (now < core.line.nextAt()) {
      return new Step.WaitUntil(core.line.nextAt());
    }
    if (core.line.isAwaiting()) {
      core.line.stopAwaiting();
      mode().unanswered(now, Mode.Rebuff.NONE);
      if (now < core.line.nextAt()) {
        return new Step.WaitUntil(core.line.nextAt());
      }
    }
    return mode().act(now);
  }

  /** A frame from the gateway, whatever it is; then as {@link #step}. */
  public Step onFrame(long now, byte[] frame) {
    try {
      onAnswer(now, Answer.decode(frame));
    } catch (MalformedFrameException e) {
      return step(now); // not for us
    }
    return step(now);
  }

  /** The host knows that the open request will get no answer; then as {@link #step}. */
  public Step onLost(long now) {
    if (core.line.isAwaiting() && core.line.type() != null) {
      core.line.speakAt(now);
    }
    return step(now);
  }

  /** How the login that {@link Step.LogIn} asked for ended; then as {@link #step}. */
  public Step onLogin(long now, LoginResult result) {
    if (mode() instanceof Update update) {
      update.loggedIn(now, result);
    }
    return step(now);
  }

  /**
   * The device's own wish for another key: once a day, and only while nothing else is under way.
   *
   * @return whether it will rotate
   */
  public boolean rotateByItself(long now) {
    if (mode() instanceof Upkeep upkeep && core.ownRotation(now)) {
      upkeep.rotateAt(now);
      return true;
    }
    return false;
  }

  /**
   * For load runs and tests: rotate without the limit of once a day.
   *
   * @return whether it will; not while an update or an enrollment is under way
   */
  public boolean orderRotation(long now) {
    if (mode() instanceof Upkeep upkeep) {
      core.line.speakAt(now);
      upkeep.rotateAt(now);
      return true;
    }
    return false;
  }

  /**
   * For load runs and tests: POLL now.
   *
   * @return whether it will; not while an update or an enrollment is under way
   */
  public boolean orderPoll(long now) {
    if (mode() instanceof Upkeep) {
      core.line.speakAt(now);
      core.pollAt = now;
      return true;
    }
    return false;
  }

  /**
   * Word that something waits, from where nothing is authentic (protocol section 9): the next POLL
   * comes within 5 s, or within 65 s of the last one that such word brought forward. A pause that
   * the gateway asked for, or that an unanswered frame is due, is kept.
   */
  public Step pollSoon(long now) {
    if (mode() instanceof Upkeep) {
      long from = Math.max(now, core.hintAt);
      long at = from + core.timing().upTo(Timing.HINT_WITHIN, core.environment.random());
      if (at < core.pollAt) {
        core.pollAt = at;
        core.hintAt = at + core.timing().millis(Timing.HINT_PAUSE);
      }
    }
    return step(now);
  }

  /** The confirmed key in use, if there is one. */
  public Optional<KeyRef> currentKey() {
    int current = core.slots.survey().current();
    return current == Slots.NONE ? Optional.empty() : Optional.of(core.key(current));
  }

  /** Its login under the confirmed key; empty if there is no key or it is on no platform. */
  public Optional<Step.LogIn> platformLogin() {
    int current = core.slots.survey().current();
    if (current == Slots.NONE) {
      return Optional.empty();
    }
    try (KeyRecord record = core.slots.read(current)) {
      return record.login(core.ref);
    }
  }

  /** Whether flash holds a key, confirmed or not. */
  public boolean holdsKey() {
    Slots.Situation situation = core.slots.survey();
    return situation.current() != Slots.NONE || situation.unfinished() != Slots.NONE;
  }

  /** Whether the device holds a confirmed key and no unfinished update. */
  public boolean isSettled() {
    return mode instanceof Upkeep;
  }

  private void onAnswer(long now, Answer answer) {
    boolean proven = core.line.isProven(answer, core.slots);
    RequestType request = core.line.type();
    if (answer instanceof Answer.Refused refused && request != null) {
      if (proven || core.line.isAwaiting()) {
        core.listener.on(new DeviceEvent.Refused(request, refused.code(), proven));
      }
      if (!proven && core.line.isAwaiting()) {
        core.line.stopAwaiting();
        mode().unanswered(now, rebuff(request, refused));
      }
    }
    Mode.Then then = Mode.Then.STAY;
    if (answer instanceof Answer.Grant grant) {
      then = mode().granted(now, grant);
    } else if (proven && request != null) {
      core.line.close();
      then = mode().answered(now, request, answer);
    } else if (answer instanceof Answer.Notice notice && mode() instanceof Upkeep upkeep) {
      pushed(now, notice, upkeep);
    }
    if (then == Mode.Then.RESUME) {
      resume();
    }
  }

  private static Mode.Rebuff rebuff(RequestType request, Answer.Refused refused) {
    boolean patient =
        request == RequestType.ENROLL
            && (refused.code() == Refusal.REFUSED || refused.code() == Refusal.ALREADY_ENROLLED);
    return new Mode.Rebuff(
        true, patient, Math.min(refused.retryAfter(), Timing.MAX_RETRY_UNPROVEN));
  }

  /** A NOTICE that nobody asked for; a recorded one may come again at any time. */
  private void pushed(long now, Answer.Notice notice, Upkeep upkeep) {
    int current = core.slots.survey().current();
    KeyRecord record = core.slots.read(current);
    try (FrameKey key = record.frameKey()) {
      if (notice.epoch() == record.epoch() && key.authenticatesPush(notice)) {
        upkeep.pushed(now, notice);
      }
    }
  }

  /** The mode follows from flash. */
  private void resume() {
    core.line.close();
    Slots.Situation situation = core.slots.survey();
    if (situation.unfinished() != Slots.NONE) {
      mode = new Update(core, situation);
    } else if (situation.current() != Slots.NONE) {
      mode = new Upkeep(core, situation.current());
    } else {
      mode = new Blank(core);
    }
  }

  private Mode mode() {
    if (mode == null) {
      throw new IllegalStateException("the device has no power: call powerOn first");
    }
    return mode;
  }
}
