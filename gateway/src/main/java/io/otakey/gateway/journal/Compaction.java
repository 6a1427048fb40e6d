package io.otakey.gateway.journal;

import io.otakey.gateway.registry.Change;
import io.otakey.protocol.key.GrantToken;
import io.otakey.protocol.wire.DeviceRef;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Consumer;

/**
 * The journals of all nodes as one: of each device its latest key in each generation, its last
 * labels, its last reopening, and the last thing that an operator did, in the order of time. Grows
 * with the fleet, not with its history.
 */
public final class Compaction {
  private static final Comparator<Change.Device> LATER_KEY =
      Comparator.<Change.Device>comparingLong(change -> change.row().epoch())
          .thenComparingInt(change -> change.row().attempt());

  private final Map<DeviceRef, Trace> devices = new HashMap<>();
  private final Map<String, JournalEntry> generations = new TreeMap<>();
  private final Map<Integer, JournalEntry> connections = new LinkedHashMap<>();
  private final Map<DeviceRef, JournalEntry> labels = new HashMap<>();

  /** What is left of one device's history. */
  private static final class Trace {
    private final Map<Integer, JournalEntry> keys = new TreeMap<>();
    private JournalEntry action;
    private Optional<JournalEntry> reopened = Optional.empty();

    private Trace(JournalEntry first) {
      this.action = first;
    }
  }

  /** Takes a record in; in any order. */
  public void add(JournalEntry entry) {
    if (entry.change() instanceof Change.Device device) {
      add(entry, device);
    } else if (entry.change() instanceof Change.Generation generation) {
      generations.merge(
          generation.productId(), entry, (a, b) -> generation(b) > generation(a) ? b : a);
    } else if (entry.change() instanceof Change.Labels given) {
      labels.merge(given.ref(), entry, (a, b) -> labelsAt(b) > labelsAt(a) ? b : a);
    } else if (entry.change() instanceof Change.NewConnection connection) {
      connections.putIfAbsent(connection.id(), entry);
    }
  }

  private static long labelsAt(JournalEntry entry) {
    return ((Change.Labels) entry.change()).at();
  }

  private static int generation(JournalEntry entry) {
    return ((Change.Generation) entry.change()).generation();
  }

  private void add(JournalEntry entry, Change.Device device) {
    Trace trace = devices.computeIfAbsent(device.ref(), ref -> new Trace(entry));
    if (device.cause().byOperator()) {
      boolean first = !action(trace).cause().byOperator();
      if (first || entry.at() >= trace.action.at()) {
        trace.action = entry;
      }
      if (device.cause() == Change.Cause.REOPENED) {
        trace.reopened =
            Optional.of(trace.reopened.filter(other -> other.at() > entry.at()).orElse(entry));
      }
      return;
    }
    device
        .row()
        .token()
        .flatMap(GrantToken::decode)
        .ifPresent(
            token -> trace.keys.merge(token.generation(), entry, (a, b) -> isLater(b, a) ? b : a));
  }

  private static Change.Device action(Trace trace) {
    return (Change.Device) trace.action.change();
  }

  private static boolean isLater(JournalEntry one, JournalEntry other) {
    int keys = LATER_KEY.compare((Change.Device) one.change(), (Change.Device) other.change());
    return keys > 0 || (keys == 0 && one.at() >= other.at());
  }

  /** Devices that there are records of. */
  public int size() {
    return devices.size();
  }

  /**
   * Hands the history over in parts: generations and connections first, then the devices, then
   * labels.
   *
   * @param size devices of a part at most
   */
  public void parts(int size, Consumer<List<JournalEntry>> each) {
    List<JournalEntry> part = new ArrayList<>(generations.values());
    part.addAll(connections.values());
    if (!part.isEmpty()) {
      each.accept(part);
    }
    Chunks chunks = new Chunks(size, each);
    devices.values().forEach(trace -> chunks.add(inOrder(trace)));
    labels.values().forEach(entry -> chunks.add(List.of(entry)));
    chunks.flush();
  }

  /** Gathers what belongs to so many devices; labels come when all rows are there. */
  private static final class Chunks {
    private final int size;
    private final Consumer<List<JournalEntry>> each;
    private List<JournalEntry> part = new ArrayList<>();
    private int devices;

    private Chunks(int size, Consumer<List<JournalEntry>> each) {
      this.size = size;
      this.each = each;
    }

    private void add(List<JournalEntry> entries) {
      part.addAll(entries);
      if (++devices == size) {
        flush();
      }
    }

    private void flush() {
      if (!part.isEmpty()) {
        each.accept(part);
      }
      part = new ArrayList<>();
      devices = 0;
    }
  }

  private static List<JournalEntry> inOrder(Trace trace) {
    List<JournalEntry> entries = new ArrayList<>(trace.keys.values());
    if (!entries.contains(trace.action)) {
      entries.add(trace.action);
    }
    trace.reopened.filter(entry -> !entries.contains(entry)).ifPresent(entries::add);
    entries.sort(Comparator.comparingLong(JournalEntry::at));
    return entries;
  }
}
