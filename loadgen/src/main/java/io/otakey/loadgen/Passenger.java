package io.otakey.loadgen;

import io.otakey.loadgen.device.VirtualDevice;
import io.otakey.loadgen.link.Connection;
import io.otakey.loadgen.link.Receiver;
import io.otakey.protocol.wire.RequestType;
import org.jspecify.annotations.Nullable;

/** A device on its lane: its times, and its connection if it has one of its own. */
final class Passenger implements Receiver {
  static final long NO_ALARM = Long.MAX_VALUE;

  private static final long NEVER = Long.MIN_VALUE;

  private final Lane lane;
  private final VirtualDevice device;
  private final int index;
  private @Nullable Connection connection;
  private RequestType lastType = RequestType.ENROLL;
  private boolean underWay;
  private long startedAt;
  private long firstFrameAt = NEVER;
  private long lastFrameAt;
  private long wakeAt;
  private long alarmAt = NO_ALARM;

  Passenger(Lane lane, VirtualDevice device, int index) {
    this.lane = lane;
    this.device = device;
    this.index = index;
  }

  VirtualDevice device() {
    return device;
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

  void sends(RequestType type, long nanos) {
    lastType = type;
    lastFrameAt = nanos;
    if (firstFrameAt == NEVER) {
      firstFrameAt = nanos;
    }
  }

  RequestType lastType() {
    return lastType;
  }

  long startedAt() {
    return startedAt;
  }

  long firstFrameAt() {
    return firstFrameAt;
  }

  long lastFrameAt() {
    return lastFrameAt;
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
  public void answered(byte[] frame) {
    lane.answered(this, frame);
  }

  @Override
  public void lost() {
    lane.lost(this);
  }
}
