package io.otakey.gateway.admin;

import io.vertx.core.MultiMap;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.function.Predicate;

/** Reads query parameters, and collects a sentence for each that makes no sense. */
final class Query {
  private final MultiMap parameters;
  private final List<String> faults = new ArrayList<>();

  Query(MultiMap parameters) {
    this.parameters = parameters;
  }

  /** Throws one problem for all faults so far. */
  void check() {
    Problem.throwIfAny(faults);
  }

  void fault(String what) {
    faults.add(what);
  }

  List<String> faults() {
    return faults;
  }

  Optional<String> text(String name, int maxLength) {
    List<String> values = parameters.getAll(name);
    if (values.size() > 1) {
      faults.add(name + " is given more than once");
    }
    if (values.isEmpty()) {
      return Optional.empty();
    }
    if (values.get(0).length() > maxLength) {
      faults.add(name + " has more than " + maxLength + " characters");
      return Optional.empty();
    }
    return Optional.of(values.get(0));
  }

  OptionalLong integer(String name, long min, long max) {
    Optional<String> text = text(name, 20);
    if (text.isEmpty()) {
      return OptionalLong.empty();
    }
    try {
      long value = Long.parseLong(text.get());
      if (value >= min && value <= max) {
        return OptionalLong.of(value);
      }
    } catch (NumberFormatException e) {
      // Said below.
    }
    faults.add(name + " must be a whole number in " + min + ".." + max);
    return OptionalLong.empty();
  }

  int limit() {
    return (int) integer("limit", 1, 1000).orElse(100);
  }

  boolean flag(String name) {
    Optional<String> text = text(name, 20);
    if (text.isPresent() && !text.get().equals("true") && !text.get().equals("false")) {
      faults.add(name + " must be true or false");
    }
    return text.isPresent() && text.get().equals("true");
  }

  Optional<Instant> time(String name) {
    Optional<String> text = text(name, 40);
    Optional<Instant> time = text.flatMap(Fields::instant);
    if (text.isPresent() && time.isEmpty()) {
      faults.add(name + " must be a time as 2026-01-31T12:00:00Z");
    }
    return time;
  }

  <E extends Enum<E>> Optional<E> choice(String name, Class<E> type) {
    Optional<String> text = text(name, 40);
    Optional<E> value = text.flatMap(given -> Names.find(type, given));
    if (text.isPresent() && value.isEmpty()) {
      faults.add(name + " must be one of " + Names.all(type));
    }
    return value;
  }

  /** All values of a parameter that may be repeated. */
  Set<String> all(String name, int most, Predicate<String> form, String formText) {
    List<String> values = parameters.getAll(name);
    if (values.size() > most) {
      faults.add(name + " is given more than " + most + " times");
    }
    if (!values.stream().allMatch(form)) {
      faults.add(name + " must " + formText);
    }
    return new LinkedHashSet<>(values);
  }
}
