package io.otakey.loadgen.baseline.wire;

import io.netty.channel.ChannelHandler;
import io.netty.channel.EventLoop;
import io.netty.handler.ssl.SslContext;
import io.otakey.loadgen.link.Endpoint;
import io.otakey.loadgen.network.Direction;
import io.otakey.loadgen.network.Trace;
import java.io.IOException;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;

/** The connections of one attempt of one device, and what passed over them. */
public final class Links {
  /** No answer is lost. */
  public static final int ALL_ARRIVE = 0;

  private final EventLoop loop;
  private final int lostAnswer;
  private final Trace.Recorder recorder = new Trace.Recorder();
  private final AtomicLong applicationUp = new AtomicLong();
  private final AtomicLong applicationDown = new AtomicLong();
  private int answers;

  /**
   * @param loop where the connections live
   * @param lostAnswer the how manyth answer never reaches the device, which is without the
   *     connection then; {@link #ALL_ARRIVE} for none
   */
  public Links(EventLoop loop, int lostAnswer) {
    this.loop = loop;
    this.lostAnswer = lostAnswer;
  }

  /** As {@link #Links(EventLoop, int)}, where everything arrives. */
  public Links(EventLoop loop) {
    this(loop, ALL_ARRIVE);
  }

  /**
   * Opens a connection and sends something.
   *
   * @param first message of the codecs
   * @param codecs above TLS
   * @throws IOException if none comes of it
   */
  public Session open(
      Endpoint server, Optional<SslContext> tls, Object first, ChannelHandler... codecs)
      throws IOException {
    return Session.open(this, loop, server, tls, first, codecs);
  }

  /** Bytes of MQTT or HTTP so far, before TLS. */
  public long applicationBytes(Direction direction) {
    return application(direction).get();
  }

  private AtomicLong application(Direction direction) {
    return direction == Direction.UP ? applicationUp : applicationDown;
  }

  /** What passed over the sockets so far. */
  public Trace trace() {
    return recorder.trace();
  }

  /** Answers that the device waited for so far. */
  public int answers() {
    return answers;
  }

  /** The device waits for its next answer; whether that one is to be lost. */
  boolean nextAnswerIsLost() {
    answers++;
    return answers == lostAnswer;
  }

  Counter application() {
    return new Counter((direction, bytes) -> application(direction).addAndGet(bytes));
  }

  Counter socket() {
    int connection = recorder.connected();
    return new Counter((direction, bytes) -> recorder.passed(connection, direction, bytes));
  }
}
