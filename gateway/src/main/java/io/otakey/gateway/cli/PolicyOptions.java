package io.otakey.gateway.cli;

import com.fasterxml.jackson.databind.node.ObjectNode;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** Who may enroll, as options; what is not given stays as it is. */
final class PolicyOptions {
  private static final String NONE = "none";

  @Option(
      names = "--allow-list",
      arity = "1",
      paramLabel = "true|false",
      description = "Only registered devices may enroll (default of a new product).")
  private @Nullable Boolean allowList;

  @Option(names = "--from", paramLabel = "TIME", description = "Enrollment opens; or none.")
  private @Nullable String from;

  @Option(names = "--until", paramLabel = "TIME", description = "Enrollment closes; or none.")
  private @Nullable String until;

  @Option(
      names = "--quota",
      paramLabel = "N",
      description = "Devices that may ever enroll; or none.")
  private @Nullable String quota;

  @Option(
      names = "--per-minute",
      paramLabel = "N",
      description = "Enrollments per minute and node; or none.")
  private @Nullable String perMinute;

  @Option(
      names = "--re-enroll",
      paramLabel = "RULE",
      description = "never, on-approval, or until=TIME for a factory line.")
  private @Nullable String reEnroll;

  /** Puts what was given into a policy. */
  void applyTo(ObjectNode policy) {
    if (allowList != null) {
      policy.put("allowList", allowList);
    }
    text(policy, "from", from);
    text(policy, "until", until);
    number(policy, "quota", quota);
    number(policy, "perMinute", perMinute);
    if (reEnroll != null) {
      ObjectNode rule = policy.putObject("reEnroll");
      int equals = reEnroll.indexOf('=');
      rule.put("mode", equals < 0 ? reEnroll : reEnroll.substring(0, equals));
      if (equals >= 0) {
        rule.put("until", reEnroll.substring(equals + 1));
      }
    }
  }

  private static void text(ObjectNode policy, String name, @Nullable String value) {
    if (value != null && value.equals(NONE)) {
      policy.remove(name);
    } else if (value != null) {
      policy.put(name, value);
    }
  }

  private static void number(ObjectNode policy, String name, @Nullable String value) {
    if (value != null && value.equals(NONE)) {
      policy.remove(name);
    } else if (value != null) {
      try {
        policy.put(name, Long.parseLong(value));
      } catch (NumberFormatException e) {
        throw new CommandException(name + " must be a number or none, not '" + value + "'");
      }
    }
  }
}
