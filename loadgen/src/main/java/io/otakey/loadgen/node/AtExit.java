package io.otakey.loadgen.node;

/**
 * Ends processes that this one started, should somebody end it: they would outlive it otherwise.
 * Closed when they have ended.
 */
public final class AtExit implements AutoCloseable {
  private final Thread hook;

  /**
   * @param end runs on a thread of its own while this process ends
   * @param name of that thread
   */
  public AtExit(Runnable end, String name) {
    this.hook = new Thread(end, name);
    Runtime.getRuntime().addShutdownHook(hook);
  }

  @Override
  public void close() {
    try {
      Runtime.getRuntime().removeShutdownHook(hook);
    } catch (IllegalStateException e) {
      // it runs already
    }
  }
}
