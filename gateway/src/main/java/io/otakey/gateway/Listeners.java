package io.otakey.gateway;

import io.vertx.core.Deployable;
import io.vertx.core.DeploymentOptions;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Supplier;
import java.util.function.ToIntFunction;

/** Deploys listeners, knows their ports, and undeploys them. */
final class Listeners {
  private final Vertx vertx;
  private final int instances;
  private final Map<String, Integer> ports = new TreeMap<>();
  private final Deque<String> deployments = new ArrayDeque<>();

  Listeners(Vertx vertx, int instances) {
    this.vertx = vertx;
    this.instances = instances;
  }

  /** One instance for each event loop; they share the port. */
  <V extends Deployable> void deploy(
      String name, String address, Supplier<V> verticle, ToIntFunction<V> port) {
    List<V> made = new CopyOnWriteArrayList<>();
    Supplier<V> remembered =
        () -> {
          V one = verticle.get();
          made.add(one);
          return one;
        };
    deployed(
        name,
        address,
        vertx.deployVerticle(remembered, new DeploymentOptions().setInstances(instances)));
    ports.put(name, port.applyAsInt(made.get(0)));
  }

  /** A single instance. */
  <V extends Deployable> void deployOne(
      String name, String address, V verticle, ToIntFunction<V> port) {
    deployed(name, address, vertx.deployVerticle(verticle));
    ports.put(name, port.applyAsInt(verticle));
  }

  Endpoints endpoints() {
    return new Endpoints(ports);
  }

  void close() {
    while (!deployments.isEmpty()) {
      Waiting.forDone(vertx.undeploy(deployments.pop()));
    }
  }

  private void deployed(String name, String address, Future<String> deployment) {
    deployments.push(
        Waiting.forResult(
            deployment.recover(failure -> Future.failedFuture(explain(name, address, failure)))));
  }

  private static Throwable explain(String name, String address, Throwable failure) {
    for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
      if (cause instanceof IOException) {
        return new StartException(
            name
                + " cannot listen on "
                + address
                + " ("
                + cause.getMessage()
                + "): stop the program that uses it, or set "
                + name
                + ".port or "
                + name
                + ".host",
            failure);
      }
    }
    return failure;
  }
}
