package io.otakey.gateway.registry.pg;

import io.micrometer.core.instrument.MeterRegistry;
import io.otakey.gateway.audit.AuditKeys;
import io.otakey.gateway.audit.Chain;
import io.otakey.gateway.audit.ChainLedger;
import io.otakey.gateway.campaign.CampaignLedger;
import io.otakey.gateway.campaign.Campaigns;
import io.otakey.gateway.census.CensusLedger;
import io.otakey.gateway.platform.PlatformLedger;
import io.otakey.gateway.platform.PlatformRegistry;
import io.otakey.gateway.registry.ApiTokens;
import io.otakey.gateway.registry.AuditLog;
import io.otakey.gateway.registry.ChangeLog;
import io.otakey.gateway.registry.Connections;
import io.otakey.gateway.registry.DeviceAdministration;
import io.otakey.gateway.registry.DeviceLabels;
import io.otakey.gateway.registry.DeviceRegistry;
import io.otakey.gateway.registry.EventLog;
import io.otakey.gateway.registry.Installation;
import io.otakey.gateway.registry.ProductRegistry;
import io.otakey.gateway.registry.Recovery;
import io.otakey.gateway.registry.RetentionLedger;
import io.otakey.gateway.registry.VaultMark;
import io.otakey.gateway.webhook.WebhookLedger;
import io.otakey.gateway.webhook.Webhooks;
import io.otakey.protocol.key.DecisionTable;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.sqlclient.Tuple;
import java.util.UUID;

/** The whole registry on one PostgreSQL database. */
public final class PgRegistry {
  private static final String INSTALL =
      "insert into installation (id) values ($1) on conflict do nothing";

  private final Database database;
  private final Admin admin;
  private final Catalog catalog;
  private final WriteBehind writeBehind;
  private final SecurityWriter evidence;
  private final PgDeviceRegistry devices;
  private final ProductRegistry products;
  private final ChangeLog changes;
  private final Chain chain;

  private PgRegistry(
      Vertx vertx,
      Database database,
      PgTuning tuning,
      ChangeLog changes,
      AuditKeys auditKeys,
      MeterRegistry meters) {
    this.changes = changes;
    this.chain = new Chain(auditKeys);
    this.database = database;
    this.admin = new Admin(database.admin(), auditKeys);
    this.catalog = new Catalog(vertx, database.admin(), database.listenOptions());
    this.writeBehind = new WriteBehind(vertx, database.admin(), meters);
    this.evidence = new SecurityWriter(vertx, database.admin(), meters, System::nanoTime);
    this.products = new PgProductRegistry(admin, catalog);
    this.devices =
        new PgDeviceRegistry(
            vertx,
            database.hot(),
            tuning,
            new DecisionSql(DecisionTable.ROWS),
            products::product,
            writeBehind,
            evidence,
            changes,
            meters);
  }

  /** As the other one, with changes that are kept nowhere else and entries that nobody seals. */
  public static Future<PgRegistry> open(
      Vertx vertx, PgEndpoint endpoint, PgTuning tuning, MeterRegistry meters) {
    return open(vertx, endpoint, tuning, ChangeLog.NONE, AuditKeys.NONE, meters);
  }

  /**
   * Connects, migrates the schema, checks that commits are durable, loads the products. Fails with
   * {@link DatabaseStartException}, whose message names fault and remedy.
   *
   * @param changes told of every change before it is acknowledged
   * @param auditKeys what seals entries of the audit log
   */
  public static Future<PgRegistry> open(
      Vertx vertx,
      PgEndpoint endpoint,
      PgTuning tuning,
      ChangeLog changes,
      AuditKeys auditKeys,
      MeterRegistry meters) {
    return Database.open(vertx, endpoint, tuning)
        .compose(
            database -> {
              PgRegistry registry =
                  new PgRegistry(vertx, database, tuning, changes, auditKeys, meters);
              return registry
                  .catalog
                  .start()
                  .map(registry)
                  .recover(
                      failure -> registry.close().transform(v -> Future.failedFuture(failure)));
            });
  }

  /**
   * The installation's identity.
   *
   * @param ifNew what to write if the database has none yet
   */
  public Future<Installation> installation(UUID ifNew) {
    return admin.change(
        client ->
            client
                .preparedQuery(INSTALL)
                .execute(Tuple.of(ifNew))
                .compose(
                    inserted ->
                        client
                            .query("select id from installation")
                            .mapping(row -> row.getUUID(0))
                            .execute()
                            .map(
                                rows ->
                                    new Installation(
                                        rows.iterator().next(), inserted.rowCount() == 1))));
  }

  /** Fails unless the database answers. */
  public Future<Void> check() {
    return admin.read(client -> client.query("select 1").execute().mapEmpty());
  }

  /** Which state of the vault is in force. */
  public VaultMark vaultMark() {
    return new PgVaultMark(admin);
  }

  /** The hot path. */
  public DeviceRegistry devices() {
    return devices;
  }

  /** Products with their policies. */
  public ProductRegistry products() {
    return products;
  }

  /** What operators do to devices. */
  public DeviceAdministration administration() {
    return new PgDeviceAdministration(admin, changes);
  }

  /** What operators call devices. */
  public DeviceLabels labels() {
    return new PgDeviceLabels(admin, changes);
  }

  /** Cloud connections. */
  public Connections connections() {
    return new PgConnections(admin, catalog, changes);
  }

  /** Campaigns, as operators see them. */
  public Campaigns campaigns() {
    return new PgCampaigns(admin);
  }

  /** Campaigns, as the node that runs them sees them. */
  public CampaignLedger campaignLedger() {
    return new PgCampaignLedger(admin, changes);
  }

  /** Platforms, as operators see them. */
  public PlatformRegistry platforms() {
    return new PgPlatforms(admin, catalog);
  }

  /** What platforms are owed. */
  public PlatformLedger platformLedger() {
    return new PgPlatformLedger(admin);
  }

  /** Webhooks, as operators see them. */
  public Webhooks webhooks() {
    return new PgWebhooks(admin);
  }

  /** Webhooks, as the node that delivers sees them. */
  public WebhookLedger webhookLedger() {
    return new PgWebhookLedger(admin);
  }

  /** Periods of events and of the audit log. */
  public RetentionLedger retention() {
    return new PgRetention(admin, chain);
  }

  /** Numbers of the whole fleet. */
  public CensusLedger census() {
    return new PgCensus(admin);
  }

  /** Tokens of the administration API. */
  public ApiTokens apiTokens() {
    return new PgApiTokens(admin);
  }

  /** What is done after a database was lost or restored. */
  public Recovery recovery() {
    return new PgRecovery(admin, catalog, changes);
  }

  /** What happened to devices. */
  public EventLog eventLog() {
    return new PgEventLog(admin);
  }

  /** The audit log. */
  public AuditLog auditLog() {
    return new PgAuditLog(admin);
  }

  /** The audit log's chain, as it is stored. */
  public ChainLedger auditChain() {
    return new PgChainLedger(admin, chain);
  }

  /** What makes the audit log's chain and proves it. */
  public Chain chain() {
    return chain;
  }

  /** Writes what waits to be written; for tests. */
  Future<Void> flush() {
    return writeBehind.flush().compose(v -> evidence.flush());
  }

  /** Answers what was accepted, writes what waits, closes the connections; in this order. */
  public Future<Void> close() {
    return devices
        .close()
        .compose(v -> writeBehind.close())
        .compose(v -> evidence.close())
        .compose(v -> catalog.close())
        .transform(closed -> database.close());
  }
}
