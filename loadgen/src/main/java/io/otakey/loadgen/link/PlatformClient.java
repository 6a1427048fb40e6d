package io.otakey.loadgen.link;

import io.netty.channel.EventLoop;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** Logs in to platforms, on one event loop. */
public final class PlatformClient {
  private final Dialer dialer;
  private final long answerWithinMillis;
  private final boolean listens;

  /**
   * @param sources local addresses in turn; empty leaves the choice to the system
   * @param answerWithinMillis for a login from the first SYN to the CONNACK
   * @param listens whether accepted logins subscribe to their notices
   */
  public PlatformClient(
      EventLoop loop, List<String> sources, long answerWithinMillis, boolean listens) {
    this.dialer = new Dialer(loop, sources);
    this.answerWithinMillis = answerWithinMillis;
    this.listens = listens;
  }

  /** Begins a login; how it ends, the listener hears later, never from within this call. */
  public Login open(Credential credential, Login.Listener listener) {
    EventLoop loop = dialer.loop();
    Login login = new Login(credential, listens, listener);
    login.limit(loop.schedule(login::failed, answerWithinMillis, TimeUnit.MILLISECONDS));
    dialer.dial(
        credential.platform().address(),
        channel -> login.install(channel.pipeline()),
        () -> loop.execute(login::failed)); // it may fail before this call is over
    return login;
  }
}
