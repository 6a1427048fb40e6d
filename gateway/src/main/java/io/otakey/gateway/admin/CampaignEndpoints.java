package io.otakey.gateway.admin;

import io.otakey.gateway.campaign.Campaign;
import io.otakey.gateway.campaign.CampaignChange;
import io.otakey.gateway.campaign.CampaignOrder;
import io.otakey.gateway.campaign.CampaignState;
import io.otakey.gateway.campaign.CampaignVerb;
import io.otakey.gateway.campaign.Campaigns;
import io.otakey.gateway.campaign.MemberState;
import io.otakey.gateway.registry.Connections;
import io.otakey.gateway.registry.ProductRegistry;
import io.otakey.protocol.wire.DeviceRef;
import io.vertx.core.Future;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.stream.Collectors;

/** Campaigns. A token that is limited to products sees those of these products alone. */
final class CampaignEndpoints {
  private final Campaigns campaigns;
  private final ProductRegistry products;
  private final ConnectionCheck connections;

  CampaignEndpoints(Campaigns campaigns, ProductRegistry products, Connections connections) {
    this.campaigns = campaigns;
    this.products = products;
    this.connections = new ConnectionCheck(products, connections);
  }

  void addTo(Map<String, Endpoint> endpoints) {
    endpoints.put("listCampaigns", this::list);
    endpoints.put("createCampaign", this::create);
    endpoints.put("forecastCampaign", this::forecast);
    endpoints.put("getCampaign", this::get);
    endpoints.put("listCampaignDevices", this::members);
    endpoints.put("actOnCampaign", this::act);
  }

  private Future<Reply> list(Call call) {
    Query query = call.query();
    Set<CampaignState> states = states(query);
    OptionalLong before = query.integer("before", 1, Long.MAX_VALUE);
    int limit = query.limit();
    query.check();
    return campaigns
        .list(call.caller().products(), states, before, limit)
        .map(
            page ->
                Reply.page(
                    "campaigns", page, limit, CampaignJson::write, last -> Json.number(last.id())));
  }

  private static Set<CampaignState> states(Query query) {
    return query
        .all(
            "state",
            CampaignState.values().length,
            text -> Names.find(CampaignState.class, text).isPresent(),
            "be one of " + Names.all(CampaignState.class))
        .stream()
        .flatMap(text -> Names.find(CampaignState.class, text).stream())
        .collect(Collectors.toUnmodifiableSet());
  }

  private Future<Reply> create(Call call) {
    return ordered(call)
        .compose(order -> campaigns.create(call.caller().actor(), order))
        .map(campaign -> Reply.created(CampaignJson.write(campaign)));
  }

  private Future<Reply> forecast(Call call) {
    return ordered(call)
        .compose(
            order ->
                campaigns
                    .forecast(order)
                    .map(forecast -> Reply.json(CampaignJson.write(forecast, order.pace()))));
  }

  /** An order whose products and connection there are, and are the caller's. */
  private Future<CampaignOrder> ordered(Call call) {
    CampaignOrder order = call.read(CampaignJson::read);
    order.target().products().forEach(id -> Gate.requireProduct(call.caller(), id));
    return products
        .refresh()
        .compose(
            fresh -> {
              for (String id : order.target().products()) {
                if (products.product(id).isEmpty()) {
                  throw Problem.noProduct(id).exception();
                }
              }
              return connections.check(call.caller(), order.goal().target());
            })
        .map(order);
  }

  private Future<Reply> get(Call call) {
    return found(call).map(campaign -> Reply.json(CampaignJson.write(campaign)));
  }

  private Future<Reply> members(Call call) {
    Query query = call.query();
    Optional<MemberState> state = query.choice("state", MemberState.class);
    Optional<DeviceRef> after = DeviceQuery.after(query);
    int limit = query.limit();
    query.check();
    return found(call)
        .compose(campaign -> campaigns.members(campaign.id(), state, after, limit))
        .map(
            page ->
                Reply.page(
                    "devices",
                    page,
                    limit,
                    CampaignJson::write,
                    last -> DeviceJson.next(last.ref())));
  }

  private Future<Reply> act(Call call) {
    CampaignVerb verb =
        Names.find(CampaignVerb.class, call.path("verb"))
            .orElseThrow(
                () ->
                    Problem.notFound(
                            "there is no such verb: use one of " + Names.all(CampaignVerb.class))
                        .exception());
    return found(call)
        .compose(campaign -> campaigns.act(call.caller().actor(), verb, campaign.id()))
        .map(change -> Reply.json(CampaignJson.write(changed(change))));
  }

  private static Campaign changed(CampaignChange change) {
    if (change instanceof CampaignChange.Changed done) {
      return done.now();
    }
    if (change instanceof CampaignChange.NotAllowed refused) {
      throw Problem.of(Problem.Kind.CONFLICT, refused.why()).exception();
    }
    throw none(((CampaignChange.NotFound) change).id()).exception();
  }

  private Future<Campaign> found(Call call) {
    long id = call.number("campaignId", 1, Long.MAX_VALUE);
    return campaigns
        .get(id)
        .map(
            found ->
                found
                    .filter(
                        campaign ->
                            campaign.order().target().products().stream()
                                .allMatch(call.caller()::sees))
                    .orElseThrow(() -> none(id).exception()));
  }

  private static Problem none(long id) {
    return Problem.notFound("there is no campaign " + id + ": see the list of campaigns");
  }
}
