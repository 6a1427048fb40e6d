package io.otakey.gateway.registry;

import io.otakey.protocol.key.RowStatus;
import java.util.List;

/**
 * What became of a chunk of ids to register.
 *
 * @param productKnown false: there is no such product and nothing was written
 * @param created rows that are new; an id that stands twice in the chunk counts once
 * @param existing ids that had a row already, in order; none of them was touched
 */
public record PreRegistration(boolean productKnown, int created, List<Existing> existing) {
  /** A row that was there before. */
  public record Existing(String deviceId, RowStatus status) {}

  /** Copies the list. */
  public PreRegistration {
    existing = List.copyOf(existing);
  }
}
