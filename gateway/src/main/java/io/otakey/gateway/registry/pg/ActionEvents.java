package io.otakey.gateway.registry.pg;

import io.otakey.gateway.registry.Actor;
import io.otakey.gateway.registry.EventKind;
import io.otakey.gateway.registry.OperatorAction;
import io.vertx.core.Future;
import io.vertx.sqlclient.SqlConnection;
import io.vertx.sqlclient.Tuple;

/** What the event log is told of operators' actions. */
final class ActionEvents {
  private static final String TELL =
      """
      insert into event (kind, product_id, actor, device_id)
      select $1, $2, $3, device_id from unnest($4::text[]) as d(device_id)
      """;

  private ActionEvents() {}

  static Future<Void> tell(
      SqlConnection connection,
      Actor actor,
      OperatorAction action,
      String productId,
      String... deviceIds) {
    Tuple values =
        Tuple.of(Codes.of(kind(action)), productId, actor.name()).addArrayOfString(deviceIds);
    return connection.preparedQuery(TELL).execute(values).mapEmpty();
  }

  private static EventKind kind(OperatorAction action) {
    return switch (action) {
      case RESET -> EventKind.RESET;
      case WITHDRAW_RESET -> EventKind.RESET_WITHDRAWN;
      case BLOCK -> EventKind.BLOCKED;
      case UNBLOCK -> EventKind.UNBLOCKED;
      case REVOKE -> EventKind.REVOKED;
      case REMOVE -> EventKind.REMOVED;
      case REOPEN -> EventKind.REOPENED;
      case APPROVE -> EventKind.APPROVED;
    };
  }
}
