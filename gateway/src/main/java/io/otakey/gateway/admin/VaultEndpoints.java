package io.otakey.gateway.admin;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.otakey.gateway.platform.PlatformRegistry;
import io.otakey.gateway.registry.AuditLog;
import io.otakey.gateway.registry.DeviceAdministration;
import io.otakey.gateway.registry.ProductRegistry;
import io.otakey.gateway.registry.VaultMark;
import io.otakey.gateway.vault.Vault;
import io.otakey.gateway.vault.VaultContents;
import io.otakey.gateway.vault.VaultContents.State;
import io.otakey.gateway.vault.VaultException;
import io.otakey.gateway.webhook.Webhooks;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** The vault's ids and states, and reading it anew. Never a secret. */
final class VaultEndpoints {
  private final Vertx vertx;
  private final Vault vault;
  private final VaultMark mark;
  private final AuditLog audit;
  private final DeviceAdministration devices;
  private final ProductRegistry products;
  private final PlatformRegistry platforms;
  private final Webhooks webhooks;

  VaultEndpoints(
      Vertx vertx,
      Vault vault,
      VaultMark mark,
      AuditLog audit,
      DeviceAdministration devices,
      ProductRegistry products,
      PlatformRegistry platforms,
      Webhooks webhooks) {
    this.vertx = vertx;
    this.vault = vault;
    this.mark = mark;
    this.audit = audit;
    this.devices = devices;
    this.products = products;
    this.platforms = platforms;
    this.webhooks = webhooks;
  }

  void addTo(Map<String, Endpoint> endpoints) {
    endpoints.put("getVault", call -> write().map(Reply::json));
    endpoints.put("getVaultUsage", call -> usage().map(usage -> Reply.json(usage.toJson())));
    endpoints.put("reloadVault", this::reload);
  }

  private Future<VaultUsage> usage() {
    return VaultUsage.count(devices, products, platforms, webhooks);
  }

  /**
   * Takes the file over unless devices would be lost that nobody said may be lost; other nodes
   * follow. In force before it is used here, so that this node never holds one that is not.
   */
  private Future<Reply> reload(Call call) {
    Query query = call.query();
    boolean force = query.flag("force");
    query.check();
    return waiting()
        .compose(fresh -> (force ? ok() : requireNoLoss(fresh)).map(fresh))
        .compose(fresh -> mark.put(fresh.mark()).map(fresh))
        .compose(this::use)
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
                        + " gateway keys"
                        + (force ? ", whatever devices need" : "")))
        .compose(audited -> write())
        .map(Reply::json);
  }

  private Future<Void> requireNoLoss(VaultContents fresh) {
    boolean drops =
        dropped(vault.contents().allocationSecrets(), fresh.allocationSecrets())
            || fresh.roots().size() < vault.contents().roots().size();
    if (!drops) {
      return ok();
    }
    return usage()
        .compose(
            usage -> {
              List<String> losses = usage.lossesWith(fresh);
              return losses.isEmpty()
                  ? ok()
                  : Future.failedFuture(
                      Problem.of(
                              Problem.Kind.CONFLICT,
                              String.join("; ", losses)
                                  + ": not taken over, since none of them could be served again."
                                  + " Put the vault's file back and let them rotate first, or"
                                  + " force it to give them up")
                          .exception());
            });
  }

  private static boolean dropped(
      List<VaultContents.Entry> before, List<VaultContents.Entry> after) {
    return before.stream().anyMatch(e -> e.state() != State.RETIRED && isGone(after, e.id()));
  }

  private static boolean isGone(List<VaultContents.Entry> entries, int id) {
    return entries.stream().noneMatch(e -> e.id() == id && e.state() != State.RETIRED);
  }

  private static Future<Void> ok() {
    return Future.succeededFuture();
  }

  /** What was looked at, and not what the file may hold by now; curve work. */
  private Future<VaultContents> use(VaultContents fresh) {
    return vertx.executeBlocking(
        () -> {
          vault.use(fresh);
          return fresh;
        });
  }

  private Future<VaultContents> waiting() {
    return vertx
        .executeBlocking(vault::waiting)
        .recover(
            failure ->
                Future.failedFuture(
                    failure instanceof VaultException
                        ? Problem.of(Problem.Kind.CONFLICT, String.valueOf(failure.getMessage()))
                            .exception()
                        : failure));
  }

  private Future<ObjectNode> write() {
    VaultContents contents = vault.contents();
    return mark.inForce(contents.mark())
        .map(inForce -> write(contents).put("inForce", contents.mark().equals(inForce)));
  }

  private ObjectNode write(VaultContents contents) {
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
