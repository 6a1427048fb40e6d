package io.otakey.gateway.registry;

import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;

/**
 * Who may enroll, and when. Window, quota, allow-list and key version are checked at ENROLL and
 * again in the statement that commits; the rate at ENROLL only.
 *
 * @param allowList only devices that were registered before may enroll
 * @param from enrollment opens; empty = open since ever
 * @param until enrollment closes, this instant excluded; empty = never
 * @param quota devices ever committed, at least 0; re-enrollment is not counted; empty = no limit
 * @param perMinute enrollments granted per minute and node, at least 1; empty = no limit
 */
public record EnrollmentPolicy(
    boolean allowList,
    Optional<Instant> from,
    Optional<Instant> until,
    OptionalLong quota,
    OptionalInt perMinute,
    ReEnroll reEnroll) {
  /** What a new product gets unless told otherwise: registered devices only. */
  public static final EnrollmentPolicy DEFAULT =
      new EnrollmentPolicy(
          true,
          Optional.empty(),
          Optional.empty(),
          OptionalLong.empty(),
          OptionalInt.empty(),
          ReEnroll.ON_APPROVAL);

  /** The same policy with or without an allow-list. */
  public EnrollmentPolicy withAllowList(boolean on) {
    return new EnrollmentPolicy(on, from, until, quota, perMinute, reEnroll);
  }

  /** What is limited, for the audit log. */
  public String inWords() {
    StringBuilder words = new StringBuilder(allowList ? "registered devices only" : "any device");
    from.ifPresent(begin -> words.append(", from ").append(begin));
    until.ifPresent(end -> words.append(", until ").append(end));
    quota.ifPresent(most -> words.append(", quota ").append(most));
    perMinute.ifPresent(rate -> words.append(", ").append(rate).append(" a minute and node"));
    return words.append("; ").append(reEnroll.inWords()).toString();
  }

  /** Adds a sentence for everything that makes no sense. */
  public void validate(List<String> problems) {
    if (from.isPresent() && until.isPresent() && !from.get().isBefore(until.get())) {
      problems.add("the enrollment window ends before it begins: set 'until' after 'from'");
    }
    if (quota.isPresent() && quota.getAsLong() < 0) {
      problems.add("quota is negative: give the number of devices, or none for no limit");
    }
    if (perMinute.isPresent() && perMinute.getAsInt() < 1) {
      problems.add("perMinute is below 1: close the window to stop enrollment");
    }
  }
}
