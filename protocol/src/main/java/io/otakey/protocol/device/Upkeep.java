package io.otakey.protocol.device;

import io.otakey.protocol.wire.AbandonRequest;
import io.otakey.protocol.wire.AbandonRequest.Reason;
import io.otakey.protocol.wire.Answer;
import io.otakey.protocol.wire.Answer.Ack;
import io.otakey.protocol.wire.Answer.AckStatus;
import io.otakey.protocol.wire.Answer.Action;
import io.otakey.protocol.wire.Answer.Notice;
import io.otakey.protocol.wire.Answer.Refused;
import io.otakey.protocol.wire.KeyRef;
import io.otakey.protocol.wire.RequestType;
import io.otakey.protocol.wire.Token;
import org.jspecify.annotations.Nullable;

/**
 * A confirmed record and no unfinished update: poll, rotate when told, and find back if the key is
 * not served any more (protocol rules 7 and 8).
 */
final class Upkeep implements Mode {
  private static final long NEVER = Long.MAX_VALUE;
  private static final int ENROLL_TRIES = 5;

  private final Core core;
  private final int current;
  private @Nullable Delivery delivery;
  private byte @Nullable [] poll;
  private @Nullable Token unusable;
  private Reason reason = Reason.STORAGE_FAILED;
  private long rotateAt = NEVER;
  private boolean served = true;

  Upkeep(Core core, int current) {
    this.core = core;
    this.current = current;
  }

  @Override
  public Step act(long now) {
    if (unusable != null) {
      return core.send(now, RequestType.ABANDON, abandon(unusable), current);
    }
    if (delivery != null) {
      return delivery.send(now);
    }
    long grantAt = core.grantAt(now);
    if (now >= rotateAt && now >= grantAt) {
      rotateAt = NEVER;
      return open(current).send(now);
    }
    if (!served && now >= core.extraEnrollAt() && now >= grantAt) {
      core.extraEnrollSent(now);
      return open(Slots.NONE).send(now);
    }
    if (now >= core.pollAt) {
      return core.send(now, RequestType.POLL, poll(), current);
    }
    long wanted = Math.min(rotateAt, served ? NEVER : core.extraEnrollAt());
    return new Step.WaitUntil(
        Math.min(core.pollAt, wanted == NEVER ? NEVER : Math.max(wanted, grantAt)));
  }

  /** Asks for the next key at this time or as soon as the device may speak. */
  void rotateAt(long time) {
    poll = null;
    rotateAt = Math.min(rotateAt, time);
  }

  @Override
  public void unanswered(long now, Rebuff rebuff) {
    core.silence.unanswered();
    rebuff.pause(now, core);
    if (delivery == null || delivery.type() == RequestType.ROTATE) {
      if (core.silence.lasts(now, 1, core.timing())) {
        notServed(now);
      }
    } else if (rebuff.heard() || delivery.tries() >= ENROLL_TRIES) {
      closeDelivery(); // the next one is due in a day
    }
  }

  @Override
  public Then answered(long now, RequestType request, Answer answer) {
    core.silence.broken(now);
    if (answer instanceof Notice notice && request == RequestType.POLL) {
      polled(now, notice);
    } else if (answer instanceof Ack ack && unusable != null) {
      if (ack.status() == AckStatus.ABANDONED && ack.epoch() == core.key(current).epoch()) {
        unusable = null;
        quiet(now, now + core.timing().pollAfter(ack.pollAfter()));
      }
    } else if (answer instanceof Refused refused) {
      refused(now, request == RequestType.ROTATE, refused);
    }
    return Then.STAY;
  }

  @Override
  public Then granted(long now, Answer.Grant grant) {
    if (delivery == null) {
      return Then.STAY;
    }
    Delivery.Kept kept = delivery.take(now, grant, current, true);
    if (kept instanceof Delivery.Kept.Foreign) {
      return Then.STAY;
    }
    boolean rotation = delivery.type() == RequestType.ROTATE;
    closeDelivery();
    core.line.close(); // it has its answer, of use or not
    core.line.speakAt(now);
    if (kept instanceof Delivery.Kept.Unusable given) {
      if (rotation) {
        unusable = given.token();
        reason = given.reason();
        core.listener.on(new DeviceEvent.GaveUp(unusable, reason));
      } else {
        core.pause(now);
      }
      return Then.STAY;
    }
    return Then.RESUME;
  }

  private void polled(long now, Notice notice) {
    KeyRef key = core.key(current);
    if (notice.epoch() != key.epoch()) {
      return;
    }
    core.listener.on(new DeviceEvent.Polled(key, notice.action()));
    poll = null;
    served = true;
    quiet(now, now + core.timing().pollAfter(notice.pollAfter()));
    obey(now, notice.action());
  }

  /** A proven NOTICE that nobody asked for: it can make the device rotate, never wait. */
  void pushed(long now, Notice notice) {
    if (obey(now, notice.action())) {
      core.line.speakAt(Math.min(core.line.nextAt(), now));
    }
  }

  private boolean obey(long now, Action action) {
    if (action == Action.NONE || rotateAt != NEVER || delivery != null) {
      return false;
    }
    rotateAt(core.noticeRotation(now));
    return rotateAt <= now;
  }

  private void quiet(long now, long pollAt) {
    core.line.relax();
    core.line.speakAt(now);
    core.pollAt = pollAt;
  }

  /** A proven ERROR to POLL, ROTATE or ABANDON under the current key. */
  private void refused(long now, boolean rotating, Refused refused) {
    poll = null;
    core.pollAt = now;
    switch (Rejection.of(refused.code())) {
      case UNKNOWN -> {
        unusable = null; // nobody could commit it: it is in no flash
        if (rotating) {
          notServed(now);
        } else {
          rotateAt(now);
        }
      }
      case SUPERSEDED -> {
        unusable = null;
        notServed(now);
      }
      case UNSUPPORTED -> core.nextGateway();
      case BARRED -> {
        closeDelivery();
        rotateAt = NEVER;
      }
      case LATER -> {}
    }
    core.pause(now, refused.retryAfter(), Timing.MAX_RETRY);
  }

  /** The gateway does not serve the current key: keep it, poll on, and try ENROLL once a day. */
  private void notServed(long now) {
    closeDelivery();
    rotateAt = NEVER;
    core.pollAt = now;
    served = false;
  }

  private Delivery open(int base) {
    poll = null;
    delivery = new Delivery(core, base, 1 - current);
    return delivery;
  }

  private void closeDelivery() {
    if (delivery != null) {
      delivery.close();
      delivery = null;
    }
  }

  private byte[] poll() {
    if (poll == null) {
      poll = core.newPoll(current);
    }
    return poll;
  }

  private byte[] abandon(Token token) {
    return core.request(current, key -> AbandonRequest.covered(key, token, reason));
  }
}
