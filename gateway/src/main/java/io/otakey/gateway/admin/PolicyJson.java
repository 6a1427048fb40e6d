package io.otakey.gateway.admin;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.otakey.gateway.registry.EnrollmentPolicy;
import io.otakey.gateway.registry.ReEnroll;
import java.time.Instant;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;

/** A product's policy in JSON and YAML. What is left out has its default. */
final class PolicyJson {
  private PolicyJson() {}

  static ObjectNode write(EnrollmentPolicy policy) {
    ObjectNode json = Json.object();
    json.put("allowList", policy.allowList());
    policy.from().ifPresent(from -> json.put("from", from.toString()));
    policy.until().ifPresent(until -> json.put("until", until.toString()));
    policy.quota().ifPresent(quota -> json.put("quota", quota));
    policy.perMinute().ifPresent(rate -> json.put("perMinute", rate));
    ObjectNode reEnroll = json.putObject("reEnroll");
    reEnroll.put("mode", Names.of(policy.reEnroll().mode()));
    policy.reEnroll().until().ifPresent(until -> reEnroll.put("until", until.toString()));
    return json;
  }

  /** The policy that a member holds, or the default one. */
  static EnrollmentPolicy read(Fields parent, String member) {
    return parent.object(member).map(PolicyJson::read).orElse(EnrollmentPolicy.DEFAULT);
  }

  private static EnrollmentPolicy read(Fields fields) {
    OptionalLong perMinute = fields.optionalInteger("perMinute", 1, Integer.MAX_VALUE);
    EnrollmentPolicy policy =
        new EnrollmentPolicy(
            fields.flag("allowList", EnrollmentPolicy.DEFAULT.allowList()),
            fields.time("from"),
            fields.time("until"),
            fields.optionalInteger("quota", 0, Long.MAX_VALUE),
            perMinute.isPresent()
                ? OptionalInt.of((int) perMinute.getAsLong())
                : OptionalInt.empty(),
            fields.object("reEnroll").map(PolicyJson::readReEnroll).orElse(ReEnroll.ON_APPROVAL));
    fields.checkUnknown();
    return policy;
  }

  private static ReEnroll readReEnroll(Fields fields) {
    Optional<ReEnroll.Mode> mode = fields.choice("mode", ReEnroll.Mode.class);
    Optional<Instant> until = fields.time("until");
    boolean bounded = mode.equals(Optional.of(ReEnroll.Mode.UNTIL));
    if (!fields.has("mode")) {
      fields.fault("mode", "is missing: give one of " + Names.all(ReEnroll.Mode.class));
    } else if (bounded && !fields.has("until")) {
      fields.fault("until", "is missing: mode 'until' needs the time when it ends");
    } else if (mode.isPresent() && !bounded && fields.has("until")) {
      fields.fault("until", "goes with mode 'until' only: leave it out");
    }
    fields.checkUnknown();
    return bounded && until.isPresent()
        ? ReEnroll.until(until.get())
        : mode.equals(Optional.of(ReEnroll.Mode.NEVER)) ? ReEnroll.NEVER : ReEnroll.ON_APPROVAL;
  }
}
