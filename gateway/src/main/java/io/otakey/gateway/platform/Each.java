package io.otakey.gateway.platform;

import io.vertx.core.Future;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.IntFunction;

/** Calls with those of a list that can be called with. */
public final class Each {
  private static final Outcome UNKNOWN =
      new Outcome.Failed(
          "this node does not know the connection yet, or the vault no longer holds the allocation"
              + " secret of the key");

  private Each() {}

  /** One outcome for each item, in order; those without an argument fail by themselves. */
  static <I, A> Future<List<Outcome>> known(
      List<I> items,
      Function<I, Optional<A>> argument,
      Function<List<A>, Future<List<Outcome>>> call) {
    return of(items.stream().map(argument).toList(), i -> UNKNOWN, call);
  }

  /**
   * One outcome for each argument, in order.
   *
   * @param otherwise what became of one that is empty, by its place
   * @param call not made if all are empty
   */
  public static <A> Future<List<Outcome>> of(
      List<Optional<A>> arguments,
      IntFunction<Outcome> otherwise,
      Function<List<A>, Future<List<Outcome>>> call) {
    List<A> present = arguments.stream().flatMap(Optional::stream).toList();
    Future<List<Outcome>> called =
        present.isEmpty() ? Future.succeededFuture(List.of()) : call.apply(present);
    return called.map(outcomes -> merged(arguments, otherwise, outcomes));
  }

  private static <A> List<Outcome> merged(
      List<Optional<A>> arguments, IntFunction<Outcome> otherwise, List<Outcome> outcomes) {
    List<Outcome> all = new ArrayList<>(arguments.size());
    int next = 0;
    for (int i = 0; i < arguments.size(); i++) {
      all.add(arguments.get(i).isPresent() ? outcomes.get(next++) : otherwise.apply(i));
    }
    return all;
  }
}
