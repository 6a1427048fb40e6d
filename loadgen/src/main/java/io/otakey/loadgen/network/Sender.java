package io.otakey.loadgen.network;

import java.util.Comparator;
import java.util.PriorityQueue;

/**
 * One direction of a modelled TCP connection: slow start from 10 segments (RFC 6928), congestion
 * avoidance and fast retransmit (RFC 5681, 6582), repetition by timer (RFC 6298). Receivers
 * acknowledge every segment at once, and the last one of a flight with what they answer.
 */
final class Sender {
  private static final double INITIAL_WINDOW = 10;
  private static final int DUPLICATES = 3;

  private enum Kind {
    DATA,
    ACK,
    TIMER
  }

  /**
   * What happens when: a segment arrives, an acknowledgement up to a segment does, a timer ends.
   */
  private record Event(double at, Kind kind, int number) {}

  private final NetworkClass network;
  private final Link there;
  private final Link back;
  private final RetransmissionTimer timer;
  private double congestion = INITIAL_WINDOW;
  private double threshold = Double.POSITIVE_INFINITY;

  Sender(NetworkClass network, Link there, Link back, RetransmissionTimer timer) {
    this.network = network;
    this.there = there;
    this.back = back;
    this.timer = timer;
  }

  /** When the other side has all of a flight that begins now. */
  double deliver(double now, int bytes) {
    return new Delivery(bytes).run(now);
  }

  /** One flight on its way. */
  private final class Delivery {
    private final int bytes;
    private final int segments;
    private final boolean[] arrived;
    private final double[] sentOnceAt;
    private final PriorityQueue<Event> events =
        new PriorityQueue<>(Comparator.comparingDouble(Event::at));
    private int acknowledged;
    private int next;
    private int received;
    private int duplicates;
    private int recoverUpTo;
    private int timers;

    Delivery(int bytes) {
      this.bytes = bytes;
      this.segments = new Headers(network.segment()).segments(bytes);
      this.arrived = new boolean[segments];
      this.sentOnceAt = new double[segments];
    }

    double run(double start) {
      startTimer(start);
      sendWhatFits(start);
      while (true) {
        Event event = events.remove(); // a timer is always there
        switch (event.kind()) {
          case DATA -> arrive(event);
          case ACK -> acknowledge(event);
          case TIMER -> expire(event);
        }
        if (received == segments) {
          grow(segments - acknowledged);
          return event.at();
        }
      }
    }

    private void arrive(Event event) {
      arrived[event.number()] = true;
      while (received < segments && arrived[received]) {
        received++;
      }
      if (received < segments) { // the last one is acknowledged with the answer
        push(back.send(event.at(), Headers.HEADER), Kind.ACK, received);
      }
    }

    private void acknowledge(Event event) {
      int upTo = event.number();
      if (upTo > acknowledged) {
        progress(event.at(), upTo);
      } else if (upTo == acknowledged && ++duplicates == DUPLICATES && upTo >= recoverUpTo) {
        slowDown();
        congestion = threshold;
        recoverUpTo = next;
        send(event.at(), acknowledged);
      }
      sendWhatFits(event.at());
    }

    private void progress(double now, int upTo) {
      if (sentOnceAt[upTo - 1] > 0) {
        timer.measured(now - sentOnceAt[upTo - 1]);
      }
      int fresh = upTo - acknowledged;
      acknowledged = upTo;
      next = Math.max(next, upTo);
      duplicates = 0;
      startTimer(now);
      if (upTo < recoverUpTo) {
        send(now, upTo); // the next hole
      } else {
        grow(fresh);
      }
    }

    private void expire(Event event) {
      if (event.number() != timers) {
        return; // replaced by a later one
      }
      slowDown();
      congestion = 1;
      duplicates = 0;
      recoverUpTo = 0;
      next = acknowledged;
      timer.expired();
      startTimer(event.at());
      sendWhatFits(event.at());
    }

    private void slowDown() {
      threshold = Math.max(2, (next - acknowledged) / 2.0);
    }

    private void sendWhatFits(double now) {
      int fits = (int) Math.min(congestion, network.window());
      while (next < segments && next - acknowledged < fits) {
        send(now, next++);
      }
    }

    private void send(double now, int segment) {
      sentOnceAt[segment] = sentOnceAt[segment] == 0 ? Math.max(now, Double.MIN_VALUE) : -1;
      int payload = Math.min(network.segment(), bytes - segment * network.segment());
      push(there.send(now, payload + Headers.HEADER), Kind.DATA, segment);
    }

    private void startTimer(double now) {
      push(now + timer.timeout(), Kind.TIMER, ++timers);
    }

    private void push(double at, Kind kind, int number) {
      if (at < Double.POSITIVE_INFINITY) {
        events.add(new Event(at, kind, number));
      }
    }
  }

  private void grow(int segments) {
    for (int i = 0; i < segments; i++) {
      congestion += congestion < threshold ? 1 : 1 / congestion;
    }
  }
}
