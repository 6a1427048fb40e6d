package io.otakey.gateway;

import io.otakey.gateway.registry.pg.PgEndpoint;
import io.vertx.core.Vertx;
import io.vertx.pgclient.PgBuilder;
import io.vertx.pgclient.PgConnectOptions;
import io.vertx.sqlclient.Pool;
import io.vertx.sqlclient.PoolOptions;

/** A test's own connections to a database. */
public final class TestPool {
  private TestPool() {}

  /** So many of them at most; the caller closes it. */
  public static Pool open(Vertx vertx, PgEndpoint endpoint, int connections) {
    return PgBuilder.pool()
        .with(new PoolOptions().setMaxSize(connections))
        .connectingTo(
            new PgConnectOptions()
                .setHost(endpoint.host())
                .setPort(endpoint.port())
                .setDatabase(endpoint.database())
                .setUser(endpoint.user())
                .setPassword(endpoint.password()))
        .using(vertx)
        .build();
  }
}
