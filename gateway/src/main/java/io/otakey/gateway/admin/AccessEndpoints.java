package io.otakey.gateway.admin;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.otakey.gateway.registry.ApiToken;
import io.otakey.gateway.registry.ApiTokens;
import io.otakey.gateway.registry.AuditLog;
import io.otakey.gateway.registry.Role;
import io.otakey.protocol.wire.DeviceRef;
import io.vertx.core.Future;
import java.time.Instant;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** API tokens and the audit log. */
final class AccessEndpoints {
  private static final String NAME = "[A-Za-z0-9][A-Za-z0-9._@-]{0,63}";
  private static final int MAX_PRODUCTS = 1000;

  private final ApiTokens tokens;
  private final AuditLog audit;

  AccessEndpoints(ApiTokens tokens, AuditLog audit) {
    this.tokens = tokens;
    this.audit = audit;
  }

  void addTo(Map<String, Endpoint> endpoints) {
    endpoints.put("getCaller", AccessEndpoints::caller);
    endpoints.put("listTokens", this::listTokens);
    endpoints.put("createToken", this::createToken);
    endpoints.put("revokeToken", this::revokeToken);
    endpoints.put("listAudit", this::listAudit);
  }

  private static Future<Reply> caller(Call call) {
    Caller caller = call.caller();
    ObjectNode json = Json.object();
    json.put("name", caller.name()).put("role", Names.of(caller.role()));
    ArrayNode products = json.putArray("products");
    caller.products().stream().sorted().forEach(products::add);
    return Future.succeededFuture(Reply.json(json));
  }

  private Future<Reply> listTokens(Call call) {
    return tokens
        .list()
        .map(
            all -> {
              ObjectNode json = Json.object();
              ArrayNode array = json.putArray("tokens");
              all.forEach(token -> array.add(write(token)));
              return Reply.json(json);
            });
  }

  private record NewToken(
      String name, Role role, Set<String> products, Optional<Instant> expiresAt) {}

  private Future<Reply> createToken(Call call) {
    NewToken wanted = call.read(AccessEndpoints::readToken);
    String token = ApiTokenText.generate();
    byte[] hash = ApiTokenText.hash(token).orElseThrow();
    return tokens
        .create(
            call.caller().actor(),
            wanted.name(),
            hash,
            wanted.role(),
            wanted.products(),
            wanted.expiresAt())
        .map(
            stored -> {
              ObjectNode json = Json.object().put("token", token);
              json.set("stored", write(stored.orElseThrow(() -> taken(wanted.name()))));
              return Reply.created(json);
            });
  }

  private static ProblemException taken(String name) {
    return Problem.of(
            Problem.Kind.CONFLICT,
            "a token named '" + name + "' is valid: revoke it first, or choose another name")
        .exception();
  }

  private static NewToken readToken(Fields fields) {
    String name = fields.text("name");
    if (!name.isEmpty() && !name.matches(NAME)) {
      fields.fault("name", "must match " + NAME);
    }
    if (name.equals(BootstrapToken.NAME)) {
      fields.fault("name", "is that of the first token: choose another one");
    }
    Optional<Role> role = fields.choice("role", Role.class);
    if (!fields.has("role")) {
      fields.fault("role", "is missing: give one of " + Names.all(Role.class));
    }
    List<String> products = fields.texts("products", MAX_PRODUCTS);
    if (!products.stream().allMatch(DeviceRef::isProductId)) {
      fields.fault("products", "must hold product ids, of the form [a-z0-9][a-z0-9-]{0,31}");
    }
    Optional<Instant> expiresAt = fields.time("expiresAt");
    if (expiresAt.isPresent() && !expiresAt.get().isAfter(Instant.now())) {
      fields.fault("expiresAt", "has passed: give a time to come, or none");
    }
    return new NewToken(name, role.orElse(Role.VIEWER), new LinkedHashSet<>(products), expiresAt);
  }

  private Future<Reply> revokeToken(Call call) {
    long id = call.number("tokenId", 1, Long.MAX_VALUE);
    return tokens
        .revoke(call.caller().actor(), id)
        .map(
            revoked -> {
              if (!revoked) {
                throw Problem.notFound(
                        "there is no valid token " + id + ": it may have been revoked before")
                    .exception();
              }
              return Reply.noContent();
            });
  }

  private Future<Reply> listAudit(Call call) {
    Query query = call.query();
    AuditLog.Filter filter =
        new AuditLog.Filter(
            query.integer("before", 1, Long.MAX_VALUE),
            query.text("actor", 64),
            DeviceQuery.products(query, call.caller()),
            query.text("device", 64));
    int limit = query.limit();
    query.check();
    return audit
        .page(filter, limit)
        .map(
            page ->
                Reply.page(
                    "entries",
                    page,
                    limit,
                    AccessEndpoints::write,
                    last -> Json.number(last.id())));
  }

  private static ObjectNode write(ApiToken token) {
    ObjectNode json = Json.object();
    json.put("id", token.id());
    json.put("name", token.name());
    json.put("role", Names.of(token.role()));
    ArrayNode products = json.putArray("products");
    token.products().stream().sorted().forEach(products::add);
    json.put("createdAt", token.createdAt().toString());
    token.expiresAt().ifPresent(at -> json.put("expiresAt", at.toString()));
    token.revokedAt().ifPresent(at -> json.put("revokedAt", at.toString()));
    return json;
  }

  private static ObjectNode write(AuditLog.Entry entry) {
    ObjectNode json = Json.object();
    json.put("id", entry.id());
    json.put("at", entry.at().toString());
    json.put("actor", entry.actor().name());
    json.put("address", entry.actor().address());
    json.put("action", entry.action());
    entry.productId().ifPresent(id -> json.put("productId", id));
    entry.deviceId().ifPresent(id -> json.put("deviceId", id));
    json.put("detail", entry.detail());
    return json;
  }
}
