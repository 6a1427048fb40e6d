package io.otakey.gateway.registry;

import io.vertx.core.Future;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;

/**
 * Who changed what, when, from where. Append-only: the database refuses to change or delete an
 * entry. The registry's own changes write theirs by themselves. Fails as {@link
 * DeviceAdministration} does.
 */
public interface AuditLog {
  /** Most entries of one page. */
  int MAX_PAGE = 1000;

  /**
   * One entry.
   *
   * @param action what was done, as "device.reset"
   * @param detail what more there is to say, may be empty
   */
  record Entry(
      long id,
      Instant at,
      Actor actor,
      String action,
      Optional<String> productId,
      Optional<String> deviceId,
      String detail) {}

  /**
   * Which entries to show; every condition that is present must hold.
   *
   * @param before only entries with a smaller id
   * @param products entries of one of these products; empty = all entries
   */
  record Filter(
      OptionalLong before,
      Optional<String> actor,
      Set<String> products,
      Optional<String> deviceId) {
    /** The newest entries. */
    public static final Filter ALL =
        new Filter(OptionalLong.empty(), Optional.empty(), Set.of(), Optional.empty());

    /** Copies the set. */
    public Filter {
      products = Set.copyOf(products);
    }
  }

  /** Writes an entry for something that the registry does not change itself. */
  Future<Void> append(
      Actor actor,
      String action,
      Optional<String> productId,
      Optional<String> deviceId,
      String detail);

  /**
   * One page, newest first.
   *
   * @param limit 1..{@link #MAX_PAGE}
   */
  Future<List<Entry>> page(Filter filter, int limit);
}
