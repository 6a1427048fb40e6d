package io.otakey.gateway.admin;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.otakey.gateway.registry.AuditLog;
import io.otakey.gateway.vault.Vault;
import io.otakey.gateway.vault.VaultContents;
import io.otakey.gateway.vault.VaultException;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.util.HexFormat;
import java.util.Map;
import java.util.Optional;

/** The vault's ids and states, and reading it anew. Never a secret. */
final class VaultEndpoints {
  private final Vertx vertx;
  private final Vault vault;
  private final AuditLog audit;

  VaultEndpoints(Vertx vertx, Vault vault, AuditLog audit) {
    this.vertx = vertx;
    this.vault = vault;
    this.audit = audit;
  }

  void addTo(Map<String, Endpoint> endpoints) {
    endpoints.put("getVault", call -> Future.succeededFuture(Reply.json(write())));
    endpoints.put("reloadVault", this::reload);
  }

  private Future<Reply> reload(Call call) {
    return vertx
        .executeBlocking(
            () -> {
              vault.reload();
              return vault.contents();
            })
        .recover(
            failure ->
                Future.failedFuture(
                    failure instanceof VaultException
                        ? Problem.of(Problem.Kind.CONFLICT, String.valueOf(failure.getMessage()))
                            .exception()
                        : failure))
        .compose(
            contents ->
                audit.append(
                    call.caller().actor(),
                    "vault.reload",
                    Optional.empty(),
                    Optional.empty(),
                    contents.allocationSecrets().size()
                        + " allocation secrets, "
                        + contents.gatewayKeys().size()
                        + " gateway keys"))
        .map(audited -> Reply.json(write()));
  }

  private ObjectNode write() {
    VaultContents contents = vault.contents();
    ObjectNode json = Json.object();
    json.put("installationId", contents.installationId().toString());
    json.put("newestRoot", contents.newestRoot());
    ArrayNode secrets = json.putArray("allocationSecrets");
    contents.allocationSecrets().forEach(entry -> secrets.add(write(entry)));
    ArrayNode keys = json.putArray("gatewayKeys");
    for (VaultContents.Entry entry : contents.gatewayKeys()) {
      ObjectNode key = write(entry);
      vault
          .gatewayKey(entry.id())
          .ifPresent(pair -> key.put("publicKey", HexFormat.of().formatHex(pair.publicKey())));
      keys.add(key);
    }
    return json;
  }

  private static ObjectNode write(VaultContents.Entry entry) {
    return Json.object()
        .put("id", entry.id())
        .put("root", entry.rootVersion())
        .put("state", Names.of(entry.state()));
  }
}
