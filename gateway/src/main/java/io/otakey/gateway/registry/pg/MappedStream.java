package io.otakey.gateway.registry.pg;

import io.vertx.core.Handler;
import io.vertx.core.streams.ReadStream;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** A stream whose items are made from another stream's. */
final class MappedStream<A, B> implements ReadStream<B> {
  private final ReadStream<A> source;
  private final Function<A, B> mapping;

  MappedStream(ReadStream<A> source, Function<A, B> mapping) {
    this.source = source;
    this.mapping = mapping;
  }

  @Override
  public ReadStream<B> exceptionHandler(@Nullable Handler<Throwable> handler) {
    source.exceptionHandler(handler);
    return this;
  }

  @Override
  public ReadStream<B> handler(@Nullable Handler<B> handler) {
    source.handler(handler == null ? null : item -> handler.handle(mapping.apply(item)));
    return this;
  }

  @Override
  public ReadStream<B> pause() {
    source.pause();
    return this;
  }

  @Override
  public ReadStream<B> resume() {
    source.resume();
    return this;
  }

  @Override
  public ReadStream<B> fetch(long amount) {
    source.fetch(amount);
    return this;
  }

  @Override
  public ReadStream<B> endHandler(@Nullable Handler<Void> handler) {
    source.endHandler(handler);
    return this;
  }
}
