package io.otakey.loadgen.baseline.scheme;

import io.otakey.loadgen.baseline.Scheme;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/** Secrets that a server made for devices: the last one of a device counts. */
final class TokenRegistry {
  private record Entry(String secret, int issued) {}

  private final Map<String, Entry> entries = new ConcurrentHashMap<>();

  /** A new secret, in place of the one before. */
  String issue(String id) {
    String secret = Secrets.text();
    entries.merge(
        id, new Entry(secret, 1), (before, made) -> new Entry(secret, before.issued() + 1));
    return secret;
  }

  boolean knows(String id) {
    return entries.containsKey(id);
  }

  /** The secret that counts; empty if there is none. */
  String secret(String id) {
    Entry entry = entries.get(id);
    return entry == null ? "" : entry.secret();
  }

  Scheme.Standing standing(String id) {
    Entry entry = entries.get(id);
    return entry == null ? new Scheme.Standing(0, 0) : new Scheme.Standing(entry.issued(), 1);
  }
}
