package io.otakey.loadgen.node;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.BindException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;

/**
 * Ports that nobody takes while whoever has them is down: below the range from which the system
 * gives ports to whoever asks for any.
 */
public final class FreePorts {
  private static final int FIRST = 20_000;
  private static final int COUNT = 12_000;

  /** One after the other: none is given twice before all the others were. */
  private static final AtomicInteger NEXT =
      new AtomicInteger(ThreadLocalRandom.current().nextInt(COUNT));

  private FreePorts() {}

  /** So many, none of them in use now. */
  public static List<Integer> some(int count) {
    return Stream.generate(FreePorts::one).limit(count).toList();
  }

  /** One that is not in use now. */
  public static int one() {
    while (true) {
      int port = FIRST + Math.floorMod(NEXT.getAndIncrement(), COUNT);
      try (ServerSocket socket = new ServerSocket(port, 1, InetAddress.getByName("127.0.0.1"))) {
        return socket.getLocalPort();
      } catch (BindException e) {
        // taken: another
      } catch (IOException e) {
        throw new UncheckedIOException("no port can be tried", e);
      }
    }
  }
}
