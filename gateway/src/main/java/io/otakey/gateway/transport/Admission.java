package io.otakey.gateway.transport;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.netty.util.NetUtil;
import io.otakey.gateway.metric.Metric;
import io.otakey.gateway.metric.Resource;
import java.util.Arrays;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.LongSupplier;

/**
 * Decides before anything else whether a connection or frame is taken on, by counts alone. One for
 * all listeners of a node; thread-safe. Memory is bounded: a source is forgotten when it has no
 * connection and its allowance is full again.
 */
public final class Admission {
  private static final int MAX_SOURCES = 131_072;
  private static final int BURST_SECONDS = 10;

  private final LimitsConfig limits;
  private final LongSupplier nanoTime;
  private final AtomicInteger open = new AtomicInteger();
  private final ConcurrentHashMap<String, Source> sources = new ConcurrentHashMap<>();
  private final Counter full;
  private final Counter noneLeft;
  private final Counter tooManyOfSource;
  private final Counter tooFastOfSource;
  private final Counter framesTooFast;

  /** One for all listeners of a node. */
  public Admission(LimitsConfig limits, MeterRegistry meters, LongSupplier nanoTime) {
    this.limits = limits;
    this.nanoTime = nanoTime;
    Resource.CONNECTIONS.show(meters, open, AtomicInteger::get, limits.maxConnections());
    Resource.SOURCES.show(meters, sources, Map::size, MAX_SOURCES);
    noneLeft = Resource.CONNECTIONS.refused(meters);
    full = refused(meters, "node_full");
    tooManyOfSource = refused(meters, "source_connections");
    tooFastOfSource = refused(meters, "source_rate");
    framesTooFast = refused(meters, "source_frames");
  }

  private static Counter refused(MeterRegistry meters, String reason) {
    return Metric.CONNECTIONS_REFUSED.counter(meters, reason);
  }

  /** Where a connection or a forwarded request comes from, with what it has left. */
  public final class Source {
    private final boolean trusted;
    private final AtomicInteger connections = new AtomicInteger();
    private final Allowance newConnections;
    private final Allowance frames;

    private Source(boolean trusted) {
      this.trusted = trusted;
      this.newConnections = new Allowance(limits.connectionsPerSecondPerSource());
      this.frames = new Allowance(limits.framesPerSecondPerSource());
    }

    /** Whether one more frame may be handled now. */
    public boolean admitFrame() {
      if (trusted || frames.take()) {
        return true;
      }
      framesTooFast.increment();
      return false;
    }

    /** Gives the frame's allowance back: repeated frames count against no limit. */
    public void refundFrame() {
      if (!trusted) {
        frames.giveBack();
      }
    }

    /** The connection is closed. */
    public void closed() {
      open.decrementAndGet();
      connections.decrementAndGet();
    }

    private boolean isIdle() {
      return connections.get() == 0 && newConnections.isFull() && frames.isFull();
    }
  }

  /** A bucket that fills at an even rate. */
  private final class Allowance {
    private final double perNano;
    private final double capacity;
    private double left;
    private long at = nanoTime.getAsLong();

    Allowance(int perSecond) {
      this.perNano = perSecond / (double) TimeUnit.SECONDS.toNanos(1);
      this.capacity = (double) perSecond * BURST_SECONDS;
      this.left = capacity;
    }

    synchronized boolean take() {
      fill();
      if (left < 1) {
        return false;
      }
      left--;
      return true;
    }

    synchronized void giveBack() {
      left = Math.min(capacity, left + 1);
    }

    synchronized boolean isFull() {
      fill();
      return left >= capacity;
    }

    private void fill() {
      long now = nanoTime.getAsLong();
      left = Math.min(capacity, left + (now - at) * perNano);
      at = now;
    }
  }

  /**
   * Counts a new connection in. If it is not admitted, nothing was counted.
   *
   * @param address textual IP address
   */
  public boolean connect(String address) {
    Source source = source(address);
    if (open.incrementAndGet() > limits.maxConnections()) {
      open.decrementAndGet();
      full.increment();
      noneLeft.increment();
      return false;
    }
    int ofSource = source.connections.incrementAndGet();
    if (source.trusted) {
      return true;
    }
    boolean tooMany = ofSource > limits.maxConnectionsPerSource();
    if (tooMany || !source.newConnections.take()) {
      source.closed();
      (tooMany ? tooManyOfSource : tooFastOfSource).increment();
      return false;
    }
    return true;
  }

  /** The source of an address; made if it is new. */
  public Source source(String address) {
    byte[] bytes = NetUtil.createByteArrayFromIpAddressString(address);
    String name = bytes == null ? address : name(bytes);
    Source known = sources.get(name);
    if (known != null) {
      return known;
    }
    if (sources.size() >= MAX_SOURCES) {
      sweep();
    }
    return sources.computeIfAbsent(name, n -> new Source(bytes != null && isTrusted(bytes)));
  }

  /** Forgets sources that need not be remembered; called now and then. */
  public void sweep() {
    sources.values().removeIf(Source::isIdle);
  }

  /** Open connections. */
  public int open() {
    return open.get();
  }

  /** Share of the connections that this node takes on which are open, 0 to 1. */
  public double fill() {
    return (double) open.get() / limits.maxConnections();
  }

  private boolean isTrusted(byte[] address) {
    return limits.trustedSources().stream().anyMatch(range -> range.contains(address));
  }

  private static String name(byte[] address) {
    byte[] significant = address.length == 16 ? Arrays.copyOf(address, 8) : address;
    return Arrays.toString(significant);
  }
}
