package io.otakey.gateway.registry;

import java.util.List;

/**
 * What an operator chooses about a product.
 *
 * @param name for people, 1 to 200 characters
 * @param connectionId what enrollments are granted, 1..65535, 0 = none
 */
public record ProductSettings(String name, EnrollmentPolicy policy, int connectionId) {
  /** Longest name. */
  public static final int MAX_NAME = 200;

  /** Adds a sentence for everything that makes no sense. */
  public void validate(List<String> problems) {
    if (name.isBlank() || name.length() > MAX_NAME) {
      problems.add("name must have 1 to " + MAX_NAME + " characters");
    }
    if (connectionId < 0 || connectionId > Connection.MAX_ID) {
      problems.add("connection id is outside 0..65535 (0 = none)");
    }
    policy.validate(problems);
  }

  /** For the audit log: the name, what is granted, and the policy. */
  public String inWords() {
    String granted = connectionId == 0 ? "no connection" : "connection " + connectionId;
    return name + "; " + granted + "; " + policy.inWords();
  }
}
