package io.otakey.loadgen.experiment;

import io.otakey.loadgen.node.NodeException;
import io.otakey.loadgen.stats.Trial;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.DoubleSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Lets happen in a phase what its experiment wants, one after the other, on a thread of its own.
 */
final class FaultPlayer {
  private final Scene scene;
  private final Networks networks;
  private final View view;
  private final DoubleSupplier clock;
  private final List<Trial.Event> events = new ArrayList<>();
  private final AtomicReference<@Nullable NodeException> failed = new AtomicReference<>();
  private final List<String> missed = new ArrayList<>();
  private List<Fault> due = List.of();
  private @Nullable Thread player;

  FaultPlayer(Scene scene, Networks networks, View view, DoubleSupplier clock) {
    this.scene = scene;
    this.networks = networks;
    this.view = view;
    this.clock = clock;
  }

  void begins(List<Fault> faults) {
    due = new ArrayList<>(faults);
  }

  /** Begins what is due when such a share of the devices is through. */
  void look(double share) {
    if (player != null && player.isAlive()) {
      return;
    }
    for (Fault fault : due) {
      if (share >= fault.at()) {
        due.remove(fault);
        play(fault);
        return;
      }
    }
  }

  /** Waits until all is well again. */
  void ends() throws NodeException, InterruptedException {
    if (player != null) {
      player.join();
    }
    NodeException failure = failed.get();
    if (failure != null) {
      throw failure;
    }
    for (Fault fault : due) {
      if (fault.kind() != Fault.Kind.POWER_CUT) {
        missed.add(
            "fault: " + name(fault) + " did not happen: " + fault.phase() + " was over before it");
      }
    }
  }

  /** Of all phases that ended, what was wanted and did not happen. */
  List<String> missed() {
    return List.copyOf(missed);
  }

  /** What was done, and when. */
  List<Trial.Event> events() {
    synchronized (events) {
      return List.copyOf(events);
    }
  }

  private void play(Fault fault) {
    if (fault.kind() == Fault.Kind.POWER_CUT) {
      return;
    }
    String name = name(fault);
    note(name);
    Thread thread = new Thread(() -> suffer(fault, name), "fault");
    player = thread;
    thread.start();
  }

  private static String name(Fault fault) {
    return fault.kind().name().toLowerCase(Locale.ROOT).replace('_', ' ')
        + fault.platform().or(fault::network).map(victim -> " of " + victim).orElse("");
  }

  private void suffer(Fault fault, String name) {
    try {
      if (fault.kind().isOfNetwork()) {
        networks.suffer(fault);
      } else {
        scene.suffer(fault);
      }
      note("over: " + name);
    } catch (NodeException e) {
      failed.set(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  void note(String what) {
    synchronized (events) {
      events.add(new Trial.Event(clock.getAsDouble(), what));
    }
    view.says(what);
  }
}
