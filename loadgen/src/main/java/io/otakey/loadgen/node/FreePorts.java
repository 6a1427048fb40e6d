package io.otakey.loadgen.node;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.BindException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;

/**
 * Ports that nobody takes while whoever has them is down: below the range from which the system
 * gives ports to whoever asks for any, and in a block that no other process takes them from.
 */
public final class FreePorts {
  private static final int FIRST = 20_000;
  private static final int BLOCK = 400;
  private static final int BLOCKS = 30;

  /** The first port of the block, held as long as this process lives. */
  private static final ServerSocket SIGN = block();

  /** One after the other: none is given twice before all the others were. */
  private static final AtomicInteger NEXT = new AtomicInteger();

  private FreePorts() {}

  private static ServerSocket block() {
    int any = ThreadLocalRandom.current().nextInt(BLOCKS);
    for (int block = any; block < any + BLOCKS; block++) {
      Optional<ServerSocket> sign = bind(FIRST + block % BLOCKS * BLOCK);
      if (sign.isPresent()) {
        return sign.get();
      }
    }
    throw new IllegalStateException(
        BLOCKS + " processes have all ports from " + FIRST + " on: end some of them");
  }

  /** So many, none of them in use now. */
  public static List<Integer> some(int count) {
    return Stream.generate(FreePorts::one).limit(count).toList();
  }

  /** One that is not in use now. */
  public static int one() {
    for (int tried = 1; tried < BLOCK; tried++) {
      int port = SIGN.getLocalPort() + 1 + Math.floorMod(NEXT.getAndIncrement(), BLOCK - 1);
      Optional<ServerSocket> socket = bind(port);
      if (socket.isPresent()) {
        close(socket.get());
        return port;
      }
    }
    throw new IllegalStateException("every port from " + SIGN.getLocalPort() + " on is in use");
  }

  private static Optional<ServerSocket> bind(int port) {
    try {
      return Optional.of(new ServerSocket(port, 1, InetAddress.getByName("127.0.0.1")));
    } catch (BindException e) {
      return Optional.empty(); // taken: another
    } catch (IOException e) {
      throw new UncheckedIOException("no port can be tried", e);
    }
  }

  private static void close(ServerSocket socket) {
    try {
      socket.close();
    } catch (IOException e) {
      throw new UncheckedIOException("a port cannot be given back", e);
    }
  }
}
