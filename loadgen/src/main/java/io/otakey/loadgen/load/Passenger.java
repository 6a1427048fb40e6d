package io.otakey.loadgen.load;

import io.otakey.loadgen.device.CutFlash;
import io.otakey.loadgen.device.VirtualDevice;
import io.otakey.loadgen.link.Connection;
import io.otakey.loadgen.link.Receiver;
import org.jspecify.annotations.Nullable;

/** A device on its lane: its times, and its connection if it has one of its own. */
final class Passenger implements Receiver {
  static final long NO_ALARM = Long.MAX_VALUE;

  private static final long NEVER = Long.MIN_VALUE;

  private final Lane lane;
  private final VirtualDevice device;
  private final @Nullable CutFlash flash;
  private final int index;
  private @Nullable Connection connection;
  private byte @Nullable [] notice;
  private long noticeAt;
  private boolean underWay;
  private long startedAt;
  private long firstFrameAt = NEVER;
  private long wakeAt;
  private long alarmAt = NO_ALARM;

  Passenger(Lane lane, VirtualDevice device, @Nullable CutFlash flash, int index) {
    this.lane = lane;
    this.device = device;
    this.flash = flash;
    this.index = index;
  }

  VirtualDevice device() {
    return device;
  }

  /** Whose power may be cut; null: nobody's. */
  @Nullable CutFlash flash() {
    return flash;
  }

  int index() {
    return index;
  }

  @Nullable Connection connection() {
    return connection;
  }

  void connection(@Nullable Connection own) {
    connection = own;
  }

  void starts(long nanos) {
    underWay = true;
    startedAt = nanos;
    firstFrameAt = NEVER;
  }

  void ends() {
    underWay = false;
  }

  boolean isUnderWay() {
    return underWay;
  }

  void sends(long nanos) {
    if (firstFrameAt == NEVER) {
      firstFrameAt = nanos;
    }
  }

  long startedAt() {
    return startedAt;
  }

  long firstFrameAt() {
    return firstFrameAt;
  }

  /** What was pushed to it first while it stayed; to be looked at when all is measured. */
  byte @Nullable [] notice() {
    return notice;
  }

  /** When that came, in milliseconds since 1970. */
  long noticeAt() {
    return noticeAt;
  }

  long wakeAt() {
    return wakeAt;
  }

  void wakeAt(long millis) {
    wakeAt = millis;
  }

  long alarmAt() {
    return alarmAt;
  }

  void alarmAt(long millis) {
    alarmAt = millis;
  }

  @Override
  public void answered(Sent sent, byte[] answer) {
    lane.answered(this, sent, answer);
  }

  @Override
  public void pushed(byte[] notice) {
    if (!underWay && this.notice == null) {
      this.notice = notice;
      noticeAt = System.currentTimeMillis();
    }
  }

  @Override
  public void lost(Sent sent) {
    lane.lost(this, sent);
  }
}
