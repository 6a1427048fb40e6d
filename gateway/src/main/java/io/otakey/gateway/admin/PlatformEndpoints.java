package io.otakey.gateway.admin;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.otakey.gateway.platform.Debt;
import io.otakey.gateway.platform.Kinds;
import io.otakey.gateway.platform.Platform;
import io.otakey.gateway.platform.PlatformException;
import io.otakey.gateway.platform.PlatformRegistry;
import io.otakey.gateway.platform.PlatformService;
import io.otakey.gateway.platform.SealedSettings;
import io.otakey.gateway.platform.Settings;
import io.otakey.gateway.vault.Vault;
import io.vertx.core.Future;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;

/** Platforms that the gateway knows more of than their ids. */
final class PlatformEndpoints {
  private static final Pattern ID = Pattern.compile("[a-z0-9][a-z0-9-]{0,31}");

  private final PlatformService service;
  private final PlatformRegistry platforms;
  private final SealedSettings sealed;

  PlatformEndpoints(PlatformService service, Vault vault) {
    this.service = service;
    this.platforms = service.registry();
    this.sealed = new SealedSettings(vault);
  }

  void addTo(Map<String, Endpoint> endpoints) {
    endpoints.put("listPlatformKinds", this::kinds);
    endpoints.put("listPlatforms", this::list);
    endpoints.put("getPlatform", this::get);
    endpoints.put("putPlatform", this::put);
    endpoints.put("deletePlatform", this::delete);
    endpoints.put("checkPlatform", this::check);
    endpoints.put("reconcilePlatform", this::reconcile);
    endpoints.put("getReconciliation", this::reconciliation);
  }

  private Future<Reply> kinds(Call call) {
    return Future.succeededFuture(Reply.json(PlatformJson.write(service.kinds())));
  }

  private Future<Reply> list(Call call) {
    return platforms
        .debts()
        .map(
            debts -> {
              ObjectNode json = Json.object();
              ArrayNode array = json.putArray("platforms");
              platforms.platforms().forEach(platform -> array.add(write(platform, debts)));
              return Reply.json(json);
            });
  }

  private Future<Reply> get(Call call) {
    Platform platform = found(call);
    return platforms.debts().map(debts -> Reply.json(write(platform, debts)));
  }

  private Future<Reply> put(Call call) {
    String id = call.path("platformId");
    PlatformJson.Wanted wanted = call.read(PlatformJson::read);
    Map<String, String> secrets = wanted.secrets().orElseGet(() -> stored(id, wanted.kind()));
    Settings settings = new Settings(wanted.settings(), secrets);
    Platform platform =
        new Platform(id, wanted.kind(), wanted.settings(), sealed.seal(id, secrets), 0);
    Problem.throwIfAny(problems(service.kinds(), platform, settings));
    boolean pushes = service.kinds().connector(wanted.kind()).isPresent();
    return platforms
        .put(call.caller().actor(), platform, pushes)
        .compose(now -> platforms.debts().map(debts -> Reply.json(write(now, debts))))
        .recover(PlatformEndpoints::conflict);
  }

  /** A sentence for everything that is wrong with a platform. */
  static List<String> problems(Kinds kinds, Platform platform, Settings settings) {
    List<String> problems = new ArrayList<>(kinds.problems(platform.kind(), settings));
    if (!ID.matcher(platform.id()).matches()) {
      problems.add("the platform's id must match " + ID.pattern());
    }
    return problems;
  }

  /** The secrets that a change which names none leaves as they are. */
  private Map<String, String> stored(String id, String kind) {
    return platforms
        .platform(id)
        .filter(present -> present.kind().equals(kind))
        .flatMap(sealed::open)
        .map(Settings::secret)
        .orElse(Map.of());
  }

  private Future<Reply> delete(Call call) {
    Query query = call.query();
    boolean abandon = query.flag("abandon");
    query.check();
    String id = call.path("platformId");
    return platforms
        .delete(call.caller().actor(), id, abandon)
        .map(
            there -> {
              if (!there) {
                throw none(id).exception();
              }
              return Reply.noContent();
            })
        .recover(PlatformEndpoints::conflict);
  }

  private Future<Reply> check(Call call) {
    Platform platform = found(call);
    if (service.kinds().connector(platform.kind()).isEmpty()) {
      throw Problem.of(
              Problem.Kind.CONFLICT,
              "nothing is written into platform " + platform.id() + ": there is nothing to check")
          .exception();
    }
    return service
        .check(platform.id())
        .map(Reply.noContent())
        .recover(
            failure ->
                Future.failedFuture(
                    failure instanceof PlatformException
                        ? Problem.of(Problem.Kind.UNAVAILABLE, String.valueOf(failure.getMessage()))
                            .exception()
                        : failure));
  }

  private Future<Reply> reconcile(Call call) {
    Platform platform = found(call);
    return platforms
        .reconcile(call.caller().actor(), platform.id())
        .map(run -> Reply.json(PlatformJson.write(run.orElseThrow())))
        .recover(PlatformEndpoints::conflict);
  }

  private Future<Reply> reconciliation(Call call) {
    Platform platform = found(call);
    return platforms
        .reconciliation(platform.id())
        .map(
            run ->
                Reply.json(
                    PlatformJson.write(
                        run.orElseThrow(
                            () ->
                                Problem.notFound(
                                        "nothing is written into platform "
                                            + platform.id()
                                            + ": it was never compared")
                                    .exception()))));
  }

  private Platform found(Call call) {
    String id = call.path("platformId");
    return platforms.platform(id).orElseThrow(() -> none(id).exception());
  }

  private ObjectNode write(Platform platform, List<Debt> debts) {
    List<String> secrets =
        sealed.open(platform).map(all -> List.copyOf(all.secret().keySet())).orElse(List.of());
    Optional<Debt> debt =
        debts.stream().filter(d -> d.platformId().equals(platform.id())).findFirst();
    return PlatformJson.write(platform, secrets, debt, service.whyAway(platform.id()));
  }

  private static Problem none(String id) {
    return Problem.notFound(
        "platform '" + id + "' is not registered: see the list of platforms, or register it");
  }

  /** What the platform's state forbids, as a problem. */
  static <T> Future<T> conflict(Throwable failure) {
    return Future.failedFuture(
        failure instanceof IllegalStateException
            ? Problem.of(Problem.Kind.CONFLICT, String.valueOf(failure.getMessage())).exception()
            : failure);
  }
}
