package io.otakey.loadgen.baseline;

import java.util.OptionalLong;

/**
 * CPU time of a server, in nanoseconds.
 *
 * @param serving of the threads that serve connections; comparable between schemes
 * @param process of its whole process, compiler and garbage collector included; unknown where the
 *     server shares this process
 * @param database of its database, if it has one
 */
public record ServerCpu(long serving, OptionalLong process, OptionalLong database) {
  /** Of a server that is one thread of this process, without a database. */
  public static ServerCpu ofThread(long nanos) {
    return new ServerCpu(nanos, OptionalLong.empty(), OptionalLong.empty());
  }

  /** What was used since an earlier reading. */
  ServerCpu since(ServerCpu before) {
    return new ServerCpu(
        serving - before.serving, minus(process, before.process), minus(database, before.database));
  }

  private static OptionalLong minus(OptionalLong now, OptionalLong before) {
    return now.isPresent() && before.isPresent()
        ? OptionalLong.of(now.getAsLong() - before.getAsLong())
        : OptionalLong.empty();
  }
}
