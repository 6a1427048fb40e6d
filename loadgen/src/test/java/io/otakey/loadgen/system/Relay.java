package io.otakey.loadgen.system;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * A stretch of network in front of a port: while it is cut, connections stay open and nothing comes
 * through, as when packets are dropped.
 */
final class Relay implements AutoCloseable {
  private static final int BUFFER = 16_384;

  private final ServerSocket listener;
  private final int target;
  private final Set<Socket> sockets = ConcurrentHashMap.newKeySet();
  private volatile boolean cut;

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

  /** What was open stays useless; new connections come through. */
  void mend() {
    cut = false;
    hangUp();
  }

  @Override
  public void close() throws IOException {
    listener.close();
    hangUp();
  }

  private void hangUp() {
    for (Socket socket : sockets) {
      close(socket);
    }
  }

  private void accept() {
    while (!listener.isClosed()) {
      try {
        Socket caller = listener.accept();
        sockets.add(caller);
        inBackground(() -> connect(caller));
      } catch (IOException e) {
        return; // closed
      }
    }
  }

  private void connect(Socket caller) {
    try {
      Socket callee = new Socket(InetAddress.getByName("127.0.0.1"), target);
      sockets.add(callee);
      inBackground(() -> pump(callee, caller));
      pump(caller, callee);
    } catch (IOException e) {
      close(caller); // nobody listens
    }
  }

  private void pump(Socket from, Socket to) {
    byte[] buffer = new byte[BUFFER];
    try {
      InputStream in = from.getInputStream();
      OutputStream out = to.getOutputStream();
      for (int read = in.read(buffer); read >= 0; read = in.read(buffer)) {
        if (!cut) {
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
