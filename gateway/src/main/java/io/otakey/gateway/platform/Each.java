package io.otakey.gateway.platform;

import io.vertx.core.Future;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;

/** Calls with those of a list that can be called with; the others fail by themselves. */
final class Each {
  private static final Outcome UNKNOWN =
      new Outcome.Failed(
          "this node does not know the connection yet, or the vault no longer holds the allocation"
              + " secret of the key");

  private Each() {}

  /** One outcome for each item, in order. */
  static <I, A> Future<List<Outcome>> of(
      List<I> items,
      Function<I, Optional<A>> argument,
      Function<List<A>, Future<List<Outcome>>> call) {
    List<Optional<A>> arguments = items.stream().map(argument).toList();
    List<A> present = arguments.stream().flatMap(Optional::stream).toList();
    Future<List<Outcome>> called =
        present.isEmpty() ? Future.succeededFuture(List.of()) : call.apply(present);
    return called.map(outcomes -> merged(arguments, outcomes));
  }

  private static <A> List<Outcome> merged(List<Optional<A>> arguments, List<Outcome> outcomes) {
    List<Outcome> all = new ArrayList<>(arguments.size());
    int next = 0;
    for (Optional<A> argument : arguments) {
      all.add(argument.isPresent() ? outcomes.get(next++) : UNKNOWN);
    }
    return all;
  }
}
