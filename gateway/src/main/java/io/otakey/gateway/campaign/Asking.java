package io.otakey.gateway.campaign;

import io.otakey.gateway.registry.AskedDevice;
import java.util.List;

/**
 * What asking the next devices came to.
 *
 * @param devices that are queued no more
 * @param asked those of them that have something to do
 */
public record Asking(int devices, List<AskedDevice> asked) {
  /** There was none. */
  public static final Asking NONE = new Asking(0, List.of());
}
