package io.otakey.protocol.device;

import io.otakey.protocol.wire.Answer;
import io.otakey.protocol.wire.RequestType;

/** No record: the device enrolls. */
final class Blank implements Mode {
  private final Core core;
  private final Delivery delivery;

  Blank(Core core) {
    this.core = core;
    this.delivery = new Delivery(core, Slots.NONE, 0);
  }

  @Override
  public Step act(long now) {
    long grantAt = core.grantAt(now);
    return now < grantAt && delivery.tries() == 0
        ? new Step.WaitUntil(grantAt)
        : delivery.send(now);
  }

  @Override
  public void unanswered(long now, Rebuff rebuff) {
    rebuff.pause(now, core);
  }

  @Override
  public Then granted(long now, Answer.Grant grant) {
    Delivery.Kept kept = delivery.take(now, grant, Slots.NONE, false);
    if (kept instanceof Delivery.Kept.Foreign) {
      return Then.STAY;
    }
    core.line.speakAt(now);
    if (kept instanceof Delivery.Kept.Unusable) {
      core.pause(now);
    }
    return Then.RESUME;
  }

  @Override
  public Then answered(long now, RequestType request, Answer answer) {
    return Then.STAY; // no answer to ENROLL but a GRANT can be proven
  }
}
