package io.otakey.gateway.admin;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/** Enum constants as they are written in the API: lower case, with hyphens. */
final class Names {
  private Names() {}

  static String of(Enum<?> value) {
    return value.name().toLowerCase(Locale.ROOT).replace('_', '-');
  }

  static <E extends Enum<E>> Optional<E> find(Class<E> type, String text) {
    for (E value : type.getEnumConstants()) {
      if (of(value).equals(text)) {
        return Optional.of(value);
      }
    }
    return Optional.empty();
  }

  /** All of them, for messages. */
  static <E extends Enum<E>> String all(Class<E> type) {
    List<String> names = new ArrayList<>();
    for (E value : type.getEnumConstants()) {
      names.add(of(value));
    }
    return String.join(", ", names);
  }
}
