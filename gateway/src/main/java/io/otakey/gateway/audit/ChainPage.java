package io.otakey.gateway.audit;

import java.util.List;
import java.util.OptionalLong;

/**
 * Links with their entries, as one moment shows them.
 *
 * @param after the place that they come after
 * @param links in order
 * @param last whether no link comes after them
 * @param loose the first entry that has no link and does not wait for one; asked for at the end
 * @param waiting how many entries wait for a link
 */
public record ChainPage(
    ChainState state,
    ChainPlace after,
    List<Linked> links,
    boolean last,
    OptionalLong loose,
    long waiting) {
  /** A link and the rows of its entry's id. */
  public record Linked(ChainLink link, List<ChainRow> rows) {
    /** Copies the list. */
    public Linked {
      rows = List.copyOf(rows);
    }
  }

  /** Copies the list. */
  public ChainPage {
    links = List.copyOf(links);
  }
}
