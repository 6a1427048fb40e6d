package io.otakey.protocol.device;

import io.otakey.protocol.wire.AbandonRequest;
import io.otakey.protocol.wire.AbandonRequest.Reason;
import io.otakey.protocol.wire.Answer;
import io.otakey.protocol.wire.Answer.Ack;
import io.otakey.protocol.wire.Answer.AckStatus;
import io.otakey.protocol.wire.Answer.Notice;
import io.otakey.protocol.wire.Answer.Refused;
import io.otakey.protocol.wire.ConfirmRequest;
import io.otakey.protocol.wire.ConfirmRequest.Outcome;
import io.otakey.protocol.wire.KeyRef;
import io.otakey.protocol.wire.RequestType;
import io.otakey.protocol.wire.Token;
import java.util.Arrays;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A stored record that is not confirmed, beside a confirmed one, another stored one, or nothing:
 * verify it, confirm it, replace it, or give it up (protocol rules 2, 3 and 6).
 */
final class Update implements Mode {
  private static final int REPLACE_TRIES = 5;
  private static final int UNKNOWN_ABANDONS = 3;
  private static final int DAYS_LONE = 1;
  private static final int DAYS_BOTH = 7;

  /** What is being tried. */
  private enum Stage {
    VERIFY,
    CONFIRM,
    /** POLL under the confirmed record, because the gateway does not know the stored one. */
    PROBE,
    ABANDON,
    /** ROTATE under the newest record, or ENROLL; the grant goes over the older record. */
    REPLACE
  }

  /** What the confirmed record's POLL said. */
  private enum Probe {
    NONE,
    /** Served, or superseded: give the stored record up. */
    GIVE_UP,
    /** The gateway does not know the confirmed record either. */
    UNKNOWN
  }

  private final Core core;
  private final int confirmed;
  private final int newest;
  private final int other;
  private int subject;
  private Stage stage;
  private Probe probe = Probe.NONE;
  private int logins;
  private int unknownAbandons;
  private Reason reason = Reason.NOT_ACKNOWLEDGED;
  private @Nullable Delivery delivery;
  private byte @Nullable [] poll;

  Update(Core core, Slots.Situation situation) {
    this.core = core;
    this.confirmed = situation.current();
    this.newest = situation.unfinished();
    this.other = situation.other();
    this.subject = newest;
    this.stage = mustVerify() ? Stage.VERIFY : Stage.CONFIRM;
  }

  @Override
  public Step act(long now) {
    return switch (stage) {
      case VERIFY -> logIn(now);
      case CONFIRM -> core.send(now, RequestType.CONFIRM, confirm(), subject);
      case PROBE -> core.send(now, RequestType.POLL, poll(), confirmed);
      case ABANDON -> core.send(now, RequestType.ABANDON, abandon(), confirmed);
      case REPLACE -> replace(now);
    };
  }

  @Override
  public void unanswered(long now, Rebuff rebuff) {
    if (stage == Stage.VERIFY) {
      loggedIn(now, LoginResult.UNREACHABLE);
      return;
    }
    core.silence.unanswered();
    rebuff.pause(now, core);
    switch (stage) {
      case VERIFY, ABANDON -> {}
      case CONFIRM -> unconfirmed(now);
      case PROBE -> toConfirm();
      case REPLACE -> {
        boolean enrolling = delivery != null && delivery.type() == RequestType.ENROLL;
        leaveReplaceIf(rebuff.heard() && enrolling);
      }
    }
  }

  @Override
  public Then answered(long now, RequestType request, Answer answer) {
    core.silence.broken(now);
    return switch (request) {
      case CONFIRM -> confirmAnswered(now, answer);
      case POLL -> probeAnswered(now, answer);
      case ABANDON -> abandonAnswered(now, answer);
      case ROTATE -> rotationRefused(now, answer);
      case ENROLL -> Then.STAY;
    };
  }

  // ---- rule 2: verify

  /** Without a confirmed key to give up under, a failed login would change nothing. */
  private boolean mustVerify() {
    try (KeyRecord record = core.slots.read(subject)) {
      return record.verify()
          && confirmed != Slots.NONE
          && record.connection().length > 0
          && !core.slots.isVerified(subject);
    }
  }

  private Step logIn(long now) {
    try (KeyRecord record = core.slots.read(subject)) {
      core.line.loginAsked(now);
      return record.login(core.ref).orElseThrow();
    }
  }

  /** The host's answer to {@link Step.LogIn}; too late, it means nothing. */
  void loggedIn(long now, LoginResult result) {
    if (stage != Stage.VERIFY) {
      return;
    }
    core.line.close();
    core.line.speakAt(now);
    logins++;
    if (result == LoginResult.ACCEPTED) {
      core.slots.markVerified(subject);
      stage = Stage.CONFIRM;
    } else if (logins < Timing.LOGINS) {
      core.line.speakAt(now + core.timing().millis(Timing.LOGIN_PAUSE));
    } else {
      giveUp(result == LoginResult.REFUSED ? Reason.PLATFORM_REFUSED : Reason.PLATFORM_UNREACHABLE);
    }
  }

  // ---- rules 3 and 6: confirm

  private Then confirmAnswered(long now, Answer answer) {
    if (answer instanceof Ack ack
        && ack.status() != AckStatus.ABANDONED
        && ack.epoch() == core.key(subject).epoch()) {
      return acknowledged(now, ack);
    }
    if (answer instanceof Refused refused) {
      core.pause(now, refused.retryAfter(), Timing.MAX_RETRY_CONFIRM);
      return switch (Rejection.of(refused.code())) {
        case SUPERSEDED -> wipe(now, subject);
        case UNKNOWN -> confirmUnknown(now);
        case BARRED, UNSUPPORTED, LATER -> alternate();
      };
    }
    return Then.STAY;
  }

  private Then acknowledged(long now, Ack ack) {
    core.acknowledged();
    core.line.relax();
    core.line.speakAt(now);
    core.pollAt = now + core.timing().pollAfter(ack.pollAfter());
    KeyRef key = core.key(subject);
    byte[] before = core.slots.connection(confirmed);
    byte[] after = core.slots.connection(subject);
    core.slots.confirm(subject);
    core.listener.on(
        confirmed == Slots.NONE ? new DeviceEvent.Enrolled(key) : new DeviceEvent.Rotated(key));
    if (!Arrays.equals(before, after)) {
      try (KeyRecord record = core.slots.read(subject)) {
        record.decodedConnection().map(DeviceEvent.Moved::new).ifPresent(core.listener::on);
      }
    }
    return Then.RESUME;
  }

  /** The gateway's row is behind the stored key. */
  private Then confirmUnknown(long now) {
    if (subject != newest) {
      return alternate();
    }
    Probe seen = probe;
    probe = Probe.NONE;
    switch (seen) {
      case NONE -> {
        if (confirmed == Slots.NONE) {
          probe = Probe.UNKNOWN; // there is nothing to poll under: CONFIRM again
          return alternate();
        }
        stage = Stage.PROBE;
        core.line.speakAt(now);
      }
      case GIVE_UP -> giveUp(Reason.NOT_ACKNOWLEDGED);
      case UNKNOWN -> replaceBy(newest);
    }
    return Then.STAY;
  }

  private void unconfirmed(long now) {
    boolean silent =
        core.silence.lasts(now, other == Slots.NONE ? DAYS_LONE : DAYS_BOTH, core.timing());
    if (silent && confirmed != Slots.NONE) {
      giveUp(Reason.NOT_ACKNOWLEDGED);
    } else if (silent && now >= core.extraEnrollAt()) {
      replaceByEnrollment(now);
    } else {
      alternate();
    }
  }

  /** Two stored records are confirmed in turn. */
  private Then alternate() {
    if (other != Slots.NONE) {
      core.line.close(); // a late answer would be taken for the other record's
      subject = subject == other ? newest : other;
    }
    return Then.STAY;
  }

  private void toConfirm() {
    core.line.close();
    stage = Stage.CONFIRM;
    poll = null;
    if (delivery != null) {
      delivery.close();
      delivery = null;
    }
  }

  private Then probeAnswered(long now, Answer answer) {
    toConfirm();
    if (answer instanceof Notice) {
      probe = Probe.GIVE_UP;
      core.pause(now);
    } else if (answer instanceof Refused refused) {
      core.pause(now, refused.retryAfter(), Timing.MAX_RETRY);
      probe =
          switch (Rejection.of(refused.code())) {
            case SUPERSEDED -> Probe.GIVE_UP;
            case UNKNOWN -> Probe.UNKNOWN;
            case BARRED, UNSUPPORTED, LATER -> Probe.NONE;
          };
    }
    return Then.STAY;
  }

  // ---- give up

  private void giveUp(Reason why) {
    if (confirmed == Slots.NONE) {
      stage = Stage.CONFIRM;
      return;
    }
    core.line.close();
    reason = why;
    stage = Stage.ABANDON;
    core.report(why.code());
    core.listener.on(new DeviceEvent.GaveUp(core.key(subject).token(), why));
  }

  private Then abandonAnswered(long now, Answer answer) {
    if (answer instanceof Ack ack
        && ack.status() == AckStatus.ABANDONED
        && ack.epoch() == core.key(confirmed).epoch()) {
      core.line.relax();
      Then then = wipe(now, subject);
      core.line.speakAt(now);
      core.pollAt = now + core.timing().pollAfter(ack.pollAfter());
      return then;
    }
    if (answer instanceof Refused refused) {
      core.pause(now, refused.retryAfter(), Timing.MAX_RETRY);
      switch (Rejection.of(refused.code())) {
        case SUPERSEDED -> toConfirm(); // the stored key was committed
        case UNKNOWN -> abandonUnknown();
        case BARRED, UNSUPPORTED, LATER -> {}
      }
    }
    return Then.STAY;
  }

  /**
   * One 6 changes nothing. Several say that the gateway lost the confirmed key for good, and
   * without a way from here to rule 6 the device would ask for ever.
   */
  private void abandonUnknown() {
    unknownAbandons++;
    if (unknownAbandons >= UNKNOWN_ABANDONS) {
      unknownAbandons = 0;
      probe = Probe.UNKNOWN;
      toConfirm();
    }
  }

  private Then wipe(long now, int slot) {
    Token token = core.key(slot).token();
    core.slots.wipe(slot);
    core.pollAt = now;
    core.listener.on(new DeviceEvent.Wiped(token));
    return Then.RESUME;
  }

  // ---- rule 6: another grant over the older record

  private void replaceBy(int base) {
    core.line.close();
    stage = Stage.REPLACE;
    delivery = new Delivery(core, base, 1 - newest);
  }

  private void replaceByEnrollment(long now) {
    core.extraEnrollSent(now);
    replaceBy(Slots.NONE);
  }

  private Step replace(long now) {
    Delivery open = Objects.requireNonNull(delivery);
    long grantAt = core.grantAt(now);
    return now < grantAt && open.tries() == 0 ? new Step.WaitUntil(grantAt) : open.send(now);
  }

  @Override
  public Then granted(long now, Answer.Grant grant) {
    if (delivery == null) {
      return Then.STAY;
    }
    Delivery.Kept kept = delivery.take(now, grant, newest, false);
    if (kept instanceof Delivery.Kept.Foreign) {
      return Then.STAY;
    }
    core.line.speakAt(now);
    if (kept instanceof Delivery.Kept.Unusable) {
      core.pause(now);
    }
    return Then.RESUME;
  }

  /** A proven ERROR to ROTATE under the newest record. */
  private Then rotationRefused(long now, Answer answer) {
    if (answer instanceof Refused refused) {
      core.pause(now, refused.retryAfter(), Timing.MAX_RETRY);
      switch (Rejection.of(refused.code())) {
        case UNKNOWN, SUPERSEDED -> {
          toConfirm();
          if (now >= core.extraEnrollAt()) {
            replaceByEnrollment(now);
          }
        }
        case BARRED -> toConfirm();
        case UNSUPPORTED -> core.nextGateway();
        case LATER -> leaveReplaceIf(false);
      }
    }
    return Then.STAY;
  }

  private void leaveReplaceIf(boolean answered) {
    if (answered || delivery == null || delivery.tries() >= REPLACE_TRIES) {
      toConfirm();
    }
  }

  // ---- frames

  private byte[] confirm() {
    Outcome outcome = core.slots.isVerified(subject) ? Outcome.STORED_AND_VERIFIED : Outcome.STORED;
    return core.request(subject, key -> ConfirmRequest.covered(key, outcome));
  }

  private byte[] abandon() {
    Token token = core.key(subject).token();
    return core.request(confirmed, key -> AbandonRequest.covered(key, token, reason));
  }

  private byte[] poll() {
    if (poll == null) {
      poll = core.newPoll(confirmed);
    }
    return poll;
  }
}
