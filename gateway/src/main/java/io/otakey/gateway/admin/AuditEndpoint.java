package io.otakey.gateway.admin;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.otakey.gateway.audit.ChainBreak;
import io.otakey.gateway.audit.ChainCheck;
import io.otakey.gateway.audit.ChainPage;
import io.otakey.gateway.audit.ChainPlace;
import io.otakey.gateway.audit.ChainState;
import io.vertx.core.Future;
import java.util.Map;
import java.util.Optional;

/** Whether the audit log's chain holds, page by page: whoever asks keeps the place. */
final class AuditEndpoint {
  private static final int MAX_PLACE = 100;

  private final AuditServices audit;

  AuditEndpoint(AuditServices audit) {
    this.audit = audit;
  }

  void addTo(Map<String, Endpoint> endpoints) {
    endpoints.put("verifyAudit", this::verify);
  }

  private Future<Reply> verify(Call call) {
    Query query = call.query();
    Optional<String> after = query.text("after", MAX_PLACE);
    Optional<ChainPlace> place = after.flatMap(ChainPlace::parse);
    if (after.isPresent() && place.isEmpty()) {
      query.fault("after must be a place as 64 digits in 0-9a-f, a colon and a number");
    }
    int limit = query.limit();
    query.check();
    return audit.ledger().page(place, limit).map(page -> Reply.json(write(check(page))));
  }

  private ChainCheck check(Optional<ChainPage> page) {
    if (page.isEmpty()) {
      throw Problem.of(
              Problem.Kind.UNAVAILABLE,
              "there is no chain yet: the first one is made within seconds; if it is not, see the"
                  + " gateway's log, or somebody took it away")
          .exception();
    }
    if (!ChainCheck.isPossible(audit.chain(), page.get())) {
      throw Problem.of(
              Problem.Kind.CONFLICT,
              "the chain's end is of root secret "
                  + page.get().state().root()
                  + ", which this node does not hold: ask a node with the vault in force")
          .exception();
    }
    return ChainCheck.of(audit.chain(), page.get());
  }

  private static ObjectNode write(ChainCheck check) {
    ChainPage page = check.page();
    ChainState state = page.state();
    ObjectNode json = Json.object();
    json.put("bornAt", state.bornAt().toString());
    json.put("start", state.start().position());
    json.put("goneBefore", state.goneBefore().toString());
    json.put("head", state.head().toString());
    json.put("from", page.after().position());
    json.put("to", check.to().toString());
    json.put("entries", check.present());
    json.put("unsealed", check.unsealed());
    check.fault().ifPresent(fault -> json.set("fault", write(fault)));
    if (page.last() || check.fault().isPresent()) {
      json.put("waiting", page.waiting());
      json.putNull("next");
    } else {
      json.put("next", check.to().toString());
    }
    return json;
  }

  private static ObjectNode write(ChainBreak fault) {
    ObjectNode json = Json.object();
    if (fault.position() > 0) {
      json.put("position", fault.position());
    }
    fault.entryId().ifPresent(id -> json.put("entry", id));
    return json.put("why", fault.why());
  }
}
