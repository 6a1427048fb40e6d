package io.otakey.gateway.transport.mqtt;

import io.vertx.core.Handler;
import io.vertx.core.Vertx;
import io.vertx.core.internal.VertxInternal;
import io.vertx.core.internal.VertxWrapper;
import io.vertx.core.net.NetServerOptions;
import io.vertx.core.net.NetSocket;
import io.vertx.core.net.impl.NetServerInternal;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.util.Optional;
import java.util.function.Predicate;

/**
 * Lets an MQTT server see only the sockets that are admitted. vertx-mqtt shows a connection after
 * its CONNECT and hides the server below; a crowd of sockets that never say CONNECT must be counted
 * and bounded before that, and certificates are renewed on the server below.
 */
final class GuardedSockets extends VertxWrapper {
  private final Predicate<NetSocket> admit;
  private Optional<NetServerInternal> server = Optional.empty();

  /**
   * @param admit called for every accepted socket on its event loop; false closes it
   */
  GuardedSockets(Vertx vertx, Predicate<NetSocket> admit) {
    super((VertxInternal) vertx);
    this.admit = admit;
  }

  /** The server that the MQTT server made. */
  NetServerInternal server() {
    return server.orElseThrow();
  }

  @Override
  public NetServerInternal createNetServer(NetServerOptions options) {
    NetServerInternal real = super.createNetServer(options);
    server = Optional.of(real);
    return (NetServerInternal)
        Proxy.newProxyInstance(
            GuardedSockets.class.getClassLoader(),
            new Class<?>[] {NetServerInternal.class},
            (self, method, arguments) -> {
              if (method.getName().equals("connectHandler") && arguments != null) {
                return real.connectHandler(guarded(arguments[0]));
              }
              try {
                return method.invoke(real, arguments);
              } catch (InvocationTargetException e) {
                throw e.getCause();
              }
            });
  }

  @SuppressWarnings("unchecked") // NetServer.connectHandler has this parameter
  private Handler<NetSocket> guarded(Object handler) {
    Handler<NetSocket> open = (Handler<NetSocket>) handler;
    return socket -> {
      if (admit.test(socket)) {
        open.handle(socket);
      } else {
        socket.close();
      }
    };
  }
}
