package io.otakey.gateway.admin;

import io.vertx.core.Future;

/** One operation of the contract. Fails with a {@link ProblemException} where it refuses. */
@FunctionalInterface
interface Endpoint {
  Future<Reply> answer(Call call);
}
