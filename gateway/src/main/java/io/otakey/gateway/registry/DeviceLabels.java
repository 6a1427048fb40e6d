package io.otakey.gateway.registry;

import io.otakey.protocol.wire.DeviceRef;
import io.vertx.core.Future;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * What operators call devices. Futures fail as those of {@link DeviceAdministration}. A removed
 * device has no labels and gets none: whoever owns it next begins anew.
 */
public interface DeviceLabels {
  /** Most devices of one call that names them. */
  int MAX_CHUNK = 10_000;

  /** Most devices, or labels, of one page. */
  int MAX_PAGE = 1000;

  /** Does the same to all of these devices; audited one by one, those that it changes. */
  Future<Labeling> change(
      Actor actor, LabelChange change, String productId, List<String> deviceIds);

  /** Sets labels of an import, whose forms were looked at, by device id; audited as one. */
  Future<Labeling> load(Actor actor, String productId, Map<String, Map<String, String>> labels);

  /**
   * A page of devices that were labeled.
   *
   * @param done by product
   * @param last the last device of the page; empty: there are no more
   */
  record Page(Map<String, Labeling> done, Optional<DeviceRef> last) {
    /** Copies the map. */
    public Page {
      done = Map.copyOf(done);
    }
  }

  /**
   * Does the same to the devices of a page of the filter.
   *
   * @param after the last device of the page before
   * @param limit 1..{@link #MAX_PAGE}
   */
  Future<Page> change(
      Actor actor, LabelChange change, DeviceFilter filter, Optional<DeviceRef> after, int limit);

  /**
   * Labels in use, by name and value, with how many devices have them.
   *
   * @param products whose devices; empty = all
   * @param prefix how the names begin
   * @param after the last one of the page before
   * @param limit 1..{@link #MAX_PAGE}
   */
  Future<List<LabelCount>> counts(
      Set<String> products, String prefix, Optional<LabelCount> after, int limit);
}
