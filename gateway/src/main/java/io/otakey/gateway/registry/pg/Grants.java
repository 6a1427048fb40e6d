package io.otakey.gateway.registry.pg;

import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * What a gateway needs of the newest schema when its role owns nothing of it. No test of this
 * package's registries runs with more.
 */
final class Grants {
  private static final Pattern ROLE = Pattern.compile("[a-z_][a-z0-9_-]{0,62}");

  /**
   * @param object as to_regclass or to_regprocedure take it
   */
  private record Grant(Kind kind, String object, List<String> privileges) {}

  private enum Kind {
    TABLE,
    SEQUENCE,
    FUNCTION;

    String lower() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  private static final List<Grant> ALL =
      List.of(
          table("schema_version", "select"),
          table("installation", "select, insert, update"),
          table("product", "select, insert, update"),
          table("product_key", "select, insert, update"),
          table("device", "select, insert, update"),
          table("device_label", "select, insert, update, delete"),
          table("device_labeled", "select, insert, update"),
          table("event", "select, insert"),
          table("event_gone", "select"),
          table("awaiting", "select, insert, update, delete"),
          table("connection", "select, insert, update"), // to lock it; a trigger refuses updates
          table("api_token", "select, insert, update"),
          table("audit", "select, insert"),
          table("audit_pending", "select, insert, delete"),
          table("audit_link", "select, insert, delete"),
          table("audit_chain", "select, insert, update"),
          table("period", "select"),
          table("duty", "select, update"),
          table("campaign", "select, insert, update"),
          table("campaign_count", "select, insert, update"),
          table("campaign_wave", "select, insert, update"),
          table("campaign_ask", "select, insert, update, delete"),
          table("campaign_device", "select, insert, update"),
          table("platform", "select, insert, update, delete"),
          table("credential", "select, insert, update, delete"),
          table("unsettled", "select, insert, update, delete"),
          table("reconciliation", "select, insert, update"),
          table("generation_floor", "select, insert, update"),
          table("recovery_order", "select, insert, update"),
          table("webhook", "select, insert, update, delete"),
          new Grant(Kind.SEQUENCE, "event_id", List.of("usage")),
          new Grant(Kind.SEQUENCE, "audit_id", List.of("usage")),
          new Grant(Kind.SEQUENCE, "platform_version", List.of("usage")),
          new Grant(Kind.SEQUENCE, "reconciliation_run", List.of("usage")),
          new Grant(Kind.FUNCTION, "make_periods_ahead()", List.of("execute")),
          new Grant(Kind.FUNCTION, "drop_old_period(text, boolean)", List.of("execute")));

  /**
   * What of it the user lacks, as "insert on table audit"; of what is not there nothing is told.
   */
  static final String LACKING =
      Stream.of(Kind.values()).map(Grants::lacking).collect(Collectors.joining(" union all "));

  private Grants() {}

  private static Grant table(String name, String privileges) {
    return new Grant(Kind.TABLE, name, List.of(privileges.split(", ", -1)));
  }

  private static String lacking(Kind kind) {
    String rows =
        ALL.stream()
            .filter(grant -> grant.kind() == kind)
            .flatMap(g -> g.privileges().stream().map(p -> "('" + g.object() + "', '" + p + "')"))
            .collect(Collectors.joining(", "));
    String oid = kind == Kind.FUNCTION ? "to_regprocedure(object)" : "to_regclass(object)";
    return "select privilege || ' on %1$s ' || object from (values %2$s) as g(object, privilege)"
            .formatted(kind.lower(), rows)
        + " where not has_%s_privilege(%s, privilege)".formatted(kind.lower(), oid);
  }

  /**
   * The statements that give a role all of it and nothing else, for whoever owns the tables.
   *
   * @throws DatabaseStartException for a name that is not plain
   */
  static String sql(String role) {
    if (!ROLE.matcher(role).matches()) {
      throw new DatabaseStartException(
          "\"" + role + "\" cannot be the gateway's role: use small letters, digits, _ and -");
    }
    String quoted = '"' + role + '"';
    return ALL.stream()
        .map(
            grant ->
                "grant %s on %s %s to %s;\n"
                    .formatted(
                        String.join(", ", grant.privileges()),
                        grant.kind().lower(),
                        grant.object(),
                        quoted))
        .collect(Collectors.joining("", nothing(role), ""));
  }

  private static String nothing(String role) {
    return """
        do $$
        declare
          statement text;
        begin
          foreach statement in array array[
            'revoke all on all tables in schema %%1$I from %%2$I',
            'revoke all on all sequences in schema %%1$I from %%2$I',
            'revoke all on all functions in schema %%1$I from %%2$I',
            'revoke all on schema %%1$I from %%2$I',
            'grant usage on schema %%1$I to %%2$I'] loop
            execute format(statement, current_schema(), '%s');
          end loop;
        end
        $$;
        """
        .formatted(role);
  }
}
