package io.otakey.loadgen.system;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;

/**
 * Connections from 127.0.0.1 that say a byte at a time, and come again when they are thrown out.
 * One thread of its own.
 */
final class Crowd implements AutoCloseable {
  private static final int TURN_MILLIS = 50;
  private static final int TURNS_AWAY = 10;

  private final List<Member> members = new ArrayList<>();
  private final AtomicInteger thrownOut = new AtomicInteger();
  private final AtomicInteger present = new AtomicInteger();
  private final AtomicLong longestNanos = new AtomicLong();
  private final AtomicReference<IOException> failure = new AtomicReference<>();
  private final Thread thread = new Thread(this::run, "crowd");
  private volatile boolean silent;
  private volatile boolean over;

  /** One that wants something said slowly. */
  private static final class Member {
    final InetSocketAddress address;
    final ByteBuffer script;
    SocketChannel channel;
    long since;
    int away;

    Member(int port, byte[] script) throws IOException {
      this.address = new InetSocketAddress("127.0.0.1", port);
      this.script = ByteBuffer.wrap(script);
      this.channel = SocketChannel.open();
    }
  }

  /** Adds members before {@link #start}. */
  void add(int count, int port, byte[] script) throws IOException {
    for (int i = 0; i < count; i++) {
      members.add(new Member(port, script));
    }
  }

  void start() {
    thread.setDaemon(true);
    thread.start();
  }

  /** From now on nobody says anything or comes again; connections stay as they are. */
  void fallSilent() {
    silent = true;
  }

  /** How many connections the gateway ended so far. */
  int thrownOut() {
    return thrownOut.get();
  }

  /** How many connections stand, as far as their clients know. */
  int present() {
    return present.get();
  }

  /** The longest time that the gateway put up with one. */
  double longestSeconds() throws IOException {
    IOException broken = failure.get();
    if (broken != null) {
      throw broken;
    }
    return longestNanos.get() / (double) TimeUnit.SECONDS.toNanos(1);
  }

  private void run() {
    try {
      for (Member member : members) {
        come(member);
      }
      while (!over) {
        for (Member member : members) {
          turn(member);
        }
        TimeUnit.MILLISECONDS.sleep(TURN_MILLIS);
      }
    } catch (IOException e) {
      failure.set(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void come(Member member) throws IOException {
    member.channel.close();
    member.channel = SocketChannel.open();
    member.channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
    member.channel.connect(member.address);
    member.channel.configureBlocking(false);
    member.script.rewind();
    member.since = System.nanoTime();
    present.incrementAndGet();
  }

  private void turn(Member member) throws IOException {
    if (member.channel.isOpen()) {
      if (isEnded(member)) {
        thrownOut.incrementAndGet();
        present.decrementAndGet();
        longestNanos.accumulateAndGet(System.nanoTime() - member.since, Math::max);
        member.channel.close();
        member.away = TURNS_AWAY;
      }
    } else if (!silent && --member.away <= 0) {
      come(member);
    }
  }

  private boolean isEnded(Member member) {
    try {
      if (!silent && member.script.hasRemaining()) {
        ByteBuffer one = member.script.slice(member.script.position(), 1);
        member.script.position(member.script.position() + member.channel.write(one));
      }
      return member.channel.read(ByteBuffer.allocate(256)) < 0;
    } catch (IOException reset) {
      return true;
    }
  }

  @Override
  public void close() throws IOException {
    over = true;
    try {
      thread.join();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    for (Member member : members) {
      member.channel.close();
    }
  }
}
