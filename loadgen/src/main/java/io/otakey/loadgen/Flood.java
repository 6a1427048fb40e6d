package io.otakey.loadgen;

import io.netty.channel.EventLoop;
import io.otakey.loadgen.link.Connection;
import io.otakey.loadgen.link.Connector;
import io.otakey.loadgen.link.Receiver;
import io.otakey.loadgen.link.Transport;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** The same frame again and again, on one event loop. */
final class Flood implements Receiver {
  /** Frames without an answer on one connection; beyond, the gateway is thought to be behind. */
  private static final int MAX_OUTSTANDING = 64;

  /** Enough to fill the pause after a refusal, in which the gateway does not read. */
  private static final int OUTSTANDING_WITHOUT_RATE = 32;

  private static final double NANOS = 1e9;

  private final EventLoop loop;
  private final Connector connector;
  private final byte[] frame;
  private final double rate;
  private final @Nullable Connection[] connections;
  private final CompletableFuture<Count> finished = new CompletableFuture<>();
  private long begin;
  private long end;
  private long sent;
  private long held;
  private long answered;
  private int next;

  /**
   * What happened.
   *
   * @param held not sent, since earlier frames were still without an answer
   */
  record Count(long sent, long answered, long held) {}

  /**
   * Opens nothing yet.
   *
   * @param rate frames per second; 0: as many as are answered
   */
  Flood(EventLoop loop, Connector connector, byte[] frame, int connections, double rate) {
    this.loop = loop;
    this.connector = connector;
    this.frame = frame;
    this.rate = rate;
    this.connections = new Connection[connections];
  }

  /** Runs for so long and counts the answers that came until then. */
  CompletableFuture<Count> run(int seconds) {
    loop.execute(
        () -> {
          begin = System.nanoTime();
          end = begin + TimeUnit.SECONDS.toNanos(seconds);
          turn();
        });
    return finished;
  }

  private void turn() {
    long now = System.nanoTime();
    if (now >= end) {
      for (Connection connection : connections) {
        if (connection != null) {
          connection.close();
        }
      }
      finished.complete(new Count(sent, answered, held));
      return;
    }
    if (rate == 0) {
      refill();
    } else {
      long due = (long) ((now - begin) / NANOS * rate);
      while (sent + held < due) {
        sendOrHold();
      }
    }
    var unused = loop.schedule(this::turn, 1, TimeUnit.MILLISECONDS);
  }

  private void refill() {
    for (int i = 0; i < connections.length; i++) {
      Connection connection = connection(i);
      while (connection.isReady() && connection.outstanding() < OUTSTANDING_WITHOUT_RATE) {
        send(connection);
      }
    }
  }

  private void sendOrHold() {
    next = (next + 1) % connections.length;
    Connection connection = connection(next);
    if (!connection.isReady() || connection.outstanding() >= MAX_OUTSTANDING) {
      held++;
    } else {
      send(connection);
    }
  }

  private void send(Connection connection) {
    sent++;
    connection.send(this, frame);
  }

  /** The gateway may close what never sent a good frame. */
  private Connection connection(int index) {
    Connection connection = connections[index];
    if (connection == null || !connection.isUsable()) {
      connection = connector.open(Transport.MQTT, "flood-" + index);
      connections[index] = connection;
    }
    return connection;
  }

  @Override
  public void answered(Sent which, byte[] answer) {
    answered++;
  }

  @Override
  public void lost(Sent which) {}
}
