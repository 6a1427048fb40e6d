package io.otakey.loadgen.live;

import io.otakey.loadgen.link.Credential;
import io.otakey.loadgen.link.Login;
import io.otakey.loadgen.link.Login.Outcome;
import io.otakey.loadgen.stats.LiveCount;
import io.otakey.protocol.device.LoginResult;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One device at its platforms: its credentials, its session, and the one login that it may have
 * under way. All logins go under the device's own client id, so the platform ends the session
 * before; a probe that is accepted therefore takes the session's place.
 */
final class Seat implements Login.Listener {
  /** What a login is for. */
  private enum Purpose {
    /** The device wants to know before it confirms. */
    VERIFY,
    /** The device has nothing to do but to be there. */
    SESSION,
    /** To see whether the current credential works. */
    PROBE,
    /** The probe was refused: the key that came in its place must work. */
    SUCCESSOR
  }

  /** Whose seat it is. */
  interface Owner {
    /** How the login ended that {@link #verify} asked for. */
    void verified(LoginResult result);

    /** The platform says that something waits at the gateway. */
    void told();

    /** Whether no update is under way. */
    boolean isSettled();

    /** Whom faults name. */
    String name();

    /** {@link #retryAt} may have changed. */
    void rearm();
  }

  private final LiveLane lane;
  private final Owner owner;
  private final List<Credential> older = new ArrayList<>(2);
  private @Nullable Credential current;
  private @Nullable Credential granted;
  private @Nullable Credential toVerify;
  private @Nullable Credential lastAccepted;
  private @Nullable Credential lastProbed;
  private @Nullable Login session;
  private @Nullable Login verified;
  private Purpose purpose = Purpose.SESSION;
  private boolean busy;
  private boolean inUpdate;
  private boolean owed;
  private boolean frozen;
  private int retries;
  private long retryAt;

  Seat(LiveLane lane, Owner owner) {
    this.lane = lane;
    this.owner = owner;
  }

  @Nullable Credential current() {
    return current;
  }

  /** Credentials of earlier keys and of grants that were given up, oldest first. */
  List<Credential> older() {
    return older;
  }

  /** Whether it is as it should be: logged in under the current key, if it is on a platform. */
  boolean isTaken() {
    return current == null || !needsLogin();
  }

  /** When it wants {@link #advance} to be called. */
  long retryAt() {
    return busy || frozen || !wantsSession() ? Long.MAX_VALUE : retryAt;
  }

  /**
   * Whether the device waits to hear how a login ended that it asked for. It may stand in line
   * here, which no real device does: until it is answered, the device's own time for it stands
   * still. A login that is under way ends in time by itself.
   */
  boolean isVerifying() {
    return toVerify != null || (busy && purpose == Purpose.VERIFY);
  }

  /** The device wants to log in under a key that is not confirmed yet. */
  void verify(Credential credential) {
    if (granted != null && !granted.equals(credential)) {
      older.add(granted);
    }
    granted = credential;
    boolean underWay = busy && purpose == Purpose.VERIFY;
    toVerify = underWay ? null : credential; // one that is under way answers this, too
    advance();
  }

  /** The device's confirmed key has this credential now. */
  void holds(@Nullable Credential next) {
    if (next == null ? current == null : next.equals(current)) {
      return;
    }
    if (current != null) {
      older.add(current);
    }
    current = next;
    granted = next != null && next.equals(granted) ? null : granted;
    explained();
    retries = 0;
    retryAt = 0;
    end(session);
    session = null;
    if (verified != null && verified.credential().equals(current)) {
      session = verified;
      verified = null;
    } else if (verified != null && !verified.credential().equals(granted)) {
      end(verified);
      verified = null;
    }
    advance();
  }

  /** The grant that was to be verified is given up for good. */
  void grantIsGone() {
    if (granted != null) {
      older.add(granted);
      granted = null;
    }
    toVerify = null;
    end(verified);
    verified = null;
    advance();
  }

  /** No update is under way any more. */
  void settled() {
    if (owed) {
      owed = false;
      outage("refused, and the update ended with the same key");
    }
  }

  /**
   * Logs in only to see whether the credential that the device holds at this moment works.
   *
   * @return whether it does; not while another login is under way, nor before the first one that
   *     was accepted: after an enrollment a platform may learn of the device a little later
   */
  boolean probe() {
    if (current == null || lastAccepted == null || busy || owed || frozen || toVerify != null) {
      return false;
    }
    inUpdate = !owner.isSettled();
    lastProbed = current;
    start(Purpose.PROBE, current);
    return true;
  }

  /** Begins what is due. */
  void advance() {
    if (busy || frozen) {
      return;
    }
    if (toVerify != null) {
      Credential credential = toVerify;
      toVerify = null;
      start(Purpose.VERIFY, credential);
    } else if (current != null && wantsSession() && lane.millis() >= retryAt) {
      start(Purpose.SESSION, current);
    }
  }

  /** Nothing begins any more. */
  void freeze() {
    frozen = true;
    if (owed) {
      owed = false;
      outage("refused, and nothing had explained it when the run ended");
    }
  }

  /** Ends its sessions. Not all devices at once: a broker needs long to see thousands off. */
  void leave() {
    end(session);
    end(verified);
    session = null;
    verified = null;
  }

  private boolean needsLogin() {
    if (current == null || lane.plan().stays()) {
      return current != null && session == null;
    }
    boolean verifying = granted != null && granted.equals(lastAccepted);
    return !verifying && !current.equals(lastAccepted);
  }

  /** Not beside a login that was verified and may be the next session. */
  private boolean wantsSession() {
    return needsLogin() && verified == null;
  }

  private void start(Purpose why, Credential credential) {
    purpose = why;
    busy = true;
    lane.gate().enter(() -> lane.client().open(credential, this));
  }

  @Override
  public void ended(Login login, Outcome outcome) {
    lane.gate().leave();
    busy = false;
    if (frozen) {
      end(login);
      return;
    }
    switch (purpose) {
      case VERIFY -> verifyEnded(login, outcome);
      case SESSION -> sessionEnded(login, outcome);
      case PROBE -> probeEnded(login, outcome);
      case SUCCESSOR -> successorEnded(login, outcome);
    }
    advance();
    owner.rearm();
  }

  @Override
  public void lost(Login login) {
    if (login == verified) {
      verified = null;
    } else if (login == session) {
      session = null;
      boolean replaced = verified != null || (busy && purpose != Purpose.SESSION);
      if (!replaced && !frozen) {
        lane.tally().count(LiveCount.SESSIONS_LOST);
        retryLater();
      }
    }
    advance();
    owner.rearm();
  }

  @Override
  public void told(Login login) {
    owner.told();
  }

  private void verifyEnded(Login login, Outcome outcome) {
    count(outcome);
    if (outcome == Outcome.ACCEPTED) {
      keep(login);
    }
    owner.verified(
        switch (outcome) {
          case ACCEPTED -> LoginResult.ACCEPTED;
          case REFUSED -> LoginResult.REFUSED;
          case UNREACHABLE -> LoginResult.UNREACHABLE;
        });
  }

  private void sessionEnded(Login login, Outcome outcome) {
    if (outcome == Outcome.ACCEPTED) {
      count(outcome);
      keep(login);
      retries = 0;
    } else if (login.credential().equals(current)) { // else it was replaced meanwhile
      count(outcome);
      retryLater();
    }
  }

  private void probeEnded(Login login, Outcome outcome) {
    if (outcome == Outcome.UNREACHABLE) {
      lane.tally().count(LiveCount.PROBES_UNANSWERED);
      return;
    }
    lane.tally().count(LiveCount.PROBES);
    if (inUpdate) {
      lane.tally().count(LiveCount.PROBES_IN_UPDATE);
    }
    if (outcome == Outcome.ACCEPTED) {
      keep(login);
    } else {
      succeed(login.credential());
    }
  }

  /** A credential was refused: it is no outage if the key in its place works already. */
  private void succeed(Credential refused) {
    if (current != null && !refused.equals(current)) {
      start(Purpose.SUCCESSOR, current);
    } else if (granted != null && !refused.equals(granted)) {
      start(Purpose.SUCCESSOR, granted);
    } else if (owner.isSettled()) {
      outage("refused, and no update was under way");
    } else {
      owed = true;
    }
  }

  private void successorEnded(Login login, Outcome outcome) {
    boolean newest = login.credential().equals(current);
    switch (outcome) {
      case ACCEPTED -> {
        keep(login);
        owed = true;
        if (newest) {
          explained();
        }
      }
      case REFUSED -> {
        if (newest || login.credential().equals(granted) || isAsProbed()) {
          outage("refused, and so was the key in its place");
        } else {
          succeed(login.credential());
        }
      }
      case UNREACHABLE -> {
        lane.tally().count(LiveCount.PROBES_UNANSWERED);
        owed = !newest;
      }
    }
  }

  /** What a refused probe was waiting for has come: the key was replaced. */
  private void explained() {
    if (owed) {
      owed = false;
      lane.tally().count(LiveCount.PROBES_OVERTAKEN);
    }
  }

  private boolean isAsProbed() {
    return current != null && current.equals(lastProbed);
  }

  private void keep(Login login) {
    lastAccepted = login.credential();
    if (lane.plan().stays() && login.credential().equals(current)) {
      end(session);
      session = login;
    } else if (lane.plan().stays() && login.credential().equals(granted)) {
      end(verified);
      verified = login;
    } else {
      end(login); // only a look, or its key was replaced meanwhile
      session = takenOver(session, login);
      verified = takenOver(verified, login);
    }
  }

  /** One client id has one session on a platform: the older one ends. */
  private static @Nullable Login takenOver(@Nullable Login older, Login login) {
    if (older == null || !older.credential().platform().equals(login.credential().platform())) {
      return older;
    }
    older.close();
    return null;
  }

  private void count(Outcome outcome) {
    lane.tally()
        .count(
            switch (outcome) {
              case ACCEPTED -> LiveCount.LOGINS;
              case REFUSED -> LiveCount.LOGINS_REFUSED;
              case UNREACHABLE -> LiveCount.LOGINS_UNANSWERED;
            });
  }

  private void outage(String how) {
    lane.tally().count(LiveCount.OUTAGES);
    lane.tally().fault(owner.name() + ": " + how);
  }

  private void retryLater() {
    retryAt = lane.millis() + lane.backOff(retries);
    retries++;
  }

  private static void end(@Nullable Login login) {
    if (login != null) {
      login.close();
    }
  }
}
