package io.otakey.loadgen.system;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.IntPredicate;

/**
 * A stretch of network in front of a port: while it is cut, connections stay open and nothing comes
 * through, as when packets are dropped.
 */
final class Relay implements AutoCloseable {
  private static final int BUFFER = 16_384;

  private final ServerSocket listener;
  private final int target;

  /** Each with the port that its caller left from. */
  private final Map<Socket, Integer> sockets = new ConcurrentHashMap<>();

  private volatile boolean cut;
  private volatile IntPredicate cutCallers = port -> false;

  /** To a port of this machine, where nobody need listen yet. */
  Relay(int target) throws IOException {
    this.listener = new ServerSocket(0, 50, InetAddress.getByName("127.0.0.1"));
    this.target = target;
    inBackground(this::accept);
  }

  int port() {
    return listener.getLocalPort();
  }

  void cut() {
    cut = true;
  }

  /** For some callers alone, whose connections leave from these ports. */
  void cut(IntPredicate callers) {
    cutCallers = callers;
  }

  /** What was open stays useless; new connections come through. */
  void mend() {
    IntPredicate useless = cut ? port -> true : cutCallers;
    cut = false;
    cutCallers = port -> false;
    hangUp(useless);
  }

  @Override
  public void close() throws IOException {
    listener.close();
    hangUp(port -> true);
  }

  private void hangUp(IntPredicate callers) {
    sockets.forEach(
        (socket, caller) -> {
          if (callers.test(caller)) {
            close(socket);
          }
        });
  }

  private void accept() {
    while (!listener.isClosed()) {
      try {
        Socket caller = listener.accept();
        sockets.put(caller, caller.getPort());
        inBackground(() -> connect(caller));
      } catch (IOException e) {
        return; // closed
      }
    }
  }

  private void connect(Socket caller) {
    try {
      Socket callee = new Socket(InetAddress.getByName("127.0.0.1"), target);
      sockets.put(callee, caller.getPort());
      int from = caller.getPort();
      inBackground(() -> pump(callee, caller, from));
      pump(caller, callee, from);
    } catch (IOException e) {
      close(caller); // nobody listens
    }
  }

  private void pump(Socket from, Socket to, int callersPort) {
    byte[] buffer = new byte[BUFFER];
    try {
      InputStream in = from.getInputStream();
      OutputStream out = to.getOutputStream();
      boolean holed = false; // such a stream ends: no network goes on with one
      for (int read = in.read(buffer); read >= 0; read = in.read(buffer)) {
        if (cut || cutCallers.test(callersPort)) {
          holed = true;
        } else if (holed) {
          break;
        } else {
          out.write(buffer, 0, read);
        }
      }
    } catch (IOException e) {
      // one of the two ended
    }
    close(from);
    close(to);
  }

  private void close(Socket socket) {
    sockets.remove(socket);
    try {
      socket.close();
    } catch (IOException e) {
      // it is closed all the same
    }
  }

  private static void inBackground(Runnable work) {
    Thread thread = new Thread(work, "relay");
    thread.setDaemon(true);
    thread.start();
  }
}
