package io.otakey.gateway.registry.pg;

import io.otakey.gateway.registry.Actor;
import io.otakey.gateway.registry.Change;
import io.otakey.gateway.registry.Connection;
import io.otakey.gateway.registry.Replayed;
import io.otakey.gateway.registry.Restoration;
import io.otakey.gateway.registry.Restoration.Effect;
import io.otakey.gateway.registry.Restoration.State;
import io.otakey.protocol.key.DeviceRow;
import io.otakey.protocol.key.GrantToken;
import io.otakey.protocol.wire.DeviceRef;
import io.otakey.protocol.wire.Token;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.SqlConnection;
import io.vertx.sqlclient.Tuple;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;

/** One part of a journal, put beside the rows in one transaction that locks them. */
final class Replay {
  private static final int MAX_CONFLICTS = 20;
  private static final int GENERATIONS = 255;

  private static final String LOCK =
      """
      select d.product_id, d.device_id, d.status, d.epoch, d.token, d.attempt, d.connection_id,
        d.recovered_in, d.re_enroll_approved, d.returns_to, d.first_committed_at is not null
      from device d join unnest($1::text[], $2::text[]) as i(product_id, device_id)
        on d.product_id = i.product_id and d.device_id = i.device_id
      order by d.product_id, d.device_id for update of d
      """;

  private static final String WRITE =
      """
      insert into device as d (product_id, device_id, status, epoch, token, attempt,
        connection_id, recovered_in, re_enroll_approved, returns_to, first_committed_at,
        committed_at)
      select i.product_id, i.device_id, i.status, i.epoch, i.token, i.attempt, i.connection_id,
        i.recovered_in, i.approved, i.returns_to, case when i.epoch > 0 then now() end,
        case when i.epoch > 0 then now() end
      from unnest($1::text[], $2::text[], $3::int2[], $4::int8[], $5::bytea[], $6::int4[],
        $7::int4[], $8::int2[], $9::bool[], $10::int2[]) as i(product_id, device_id, status,
        epoch, token, attempt, connection_id, recovered_in, approved, returns_to)
      on conflict (product_id, device_id) do update set status = excluded.status,
        epoch = excluded.epoch, token = excluded.token, attempt = excluded.attempt,
        connection_id = excluded.connection_id, recovered_in = excluded.recovered_in,
        re_enroll_approved = excluded.re_enroll_approved, returns_to = excluded.returns_to,
        version = d.version + 1,
        first_committed_at = coalesce(d.first_committed_at, excluded.first_committed_at),
        committed_at = case when excluded.epoch > d.epoch then now() else d.committed_at end
      """;

  /** In the order of ids, before any device, as commits lock them. */
  private static final String PRODUCTS =
      "select id, generation, in_recovery from product where id = any($1) order by id for update";

  /** A generation that the journal knows was in use; above it where grants of it may not count. */
  private static final String GENERATION =
      """
      update product p set generation = $2, version = version + 1 where p.id = $1
      """;

  private static final String COUNT =
      "update product set ever_committed = ever_committed + $2 where id = $1";

  private static final String CONNECTION =
      """
      insert into connection (id, platform_id, scheme, host, port, client_id, user_name,
        topic_prefix, spki_sha256)
      values ($1, $2, $3, $4, $5, $6, $7, $8, $9) on conflict do nothing
      """;

  private static final String SAME_CONNECTION =
      """
      select 1 from connection where id = $1 and platform_id = $2 and scheme = $3 and host = $4
        and port = $5 and client_id is not distinct from $6 and user_name is not distinct from $7
        and topic_prefix is not distinct from $8 and spki_sha256 is not distinct from $9
      """;

  private final Admin admin;
  private final Actor actor;
  private final boolean dryRun;
  private final Map<DeviceRef, List<Change.Device>> devices = new HashMap<>();
  private final Map<String, Integer> generations = new TreeMap<>();
  private final List<Change.NewConnection> connections = new ArrayList<>();
  private final LabelReplay labels = new LabelReplay();
  private final Map<Effect, Integer> effects = new EnumMap<>(Effect.class);
  private final List<String> raised = new ArrayList<>();
  private final List<Integer> made = new ArrayList<>();
  private final List<String> conflicts = new ArrayList<>();
  private int labeled;

  Replay(Admin admin, Actor actor, List<Change> journal, boolean dryRun) {
    this.admin = admin;
    this.actor = actor;
    this.dryRun = dryRun;
    journal.forEach(this::add);
  }

  private void add(Change change) {
    if (change instanceof Change.Device device) {
      devices.computeIfAbsent(device.ref(), ref -> new ArrayList<>()).add(device);
      device
          .row()
          .token()
          .flatMap(GrantToken::decode)
          .ifPresent(
              token -> generations.merge(device.ref().productId(), token.generation(), Math::max));
    } else if (change instanceof Change.Labels given) {
      labels.add(given);
    } else if (change instanceof Change.Generation generation) {
      generations.merge(generation.productId(), generation.generation(), Math::max);
    } else if (change instanceof Change.NewConnection connection) {
      connections.add(connection);
    }
  }

  /** Undoes what a dry run did. */
  private static final class DryRunException extends RuntimeException {
    private static final long serialVersionUID = 1;

    DryRunException() {
      super("only a dry run", null, false, false);
    }
  }

  Future<Replayed> run() {
    return admin
        .<Void>change(
            connection ->
                everything(connection)
                    .compose(
                        v ->
                            dryRun
                                ? Future.failedFuture(
                                    new IllegalStateException(new DryRunException()))
                                : Future.succeededFuture()))
        .recover(
            failure ->
                failure.getCause() instanceof DryRunException
                    ? Future.succeededFuture()
                    : Future.failedFuture(failure))
        .map(v -> new Replayed(effects, raised, made, labeled, conflicts));
  }

  private Future<Void> everything(SqlConnection connection) {
    return products(connection)
        .compose(
            known -> {
              devices.keySet().removeIf(ref -> !known.contains(ref.productId()));
              return connections(connection).compose(v -> rows(connection));
            })
        .compose(
            v -> admin.audit(connection, actor, "journal.replay", null, null, effects.toString()));
  }

  /** The products that there are, locked; their generations as high as the journal knows. */
  private Future<List<String>> products(SqlConnection connection) {
    devices.keySet().forEach(ref -> generations.putIfAbsent(ref.productId(), 0));
    return connection
        .preparedQuery(PRODUCTS)
        .execute(Tuple.tuple().addArrayOfString(generations.keySet().toArray(String[]::new)))
        .compose(
            rows -> {
              List<String> known = new ArrayList<>();
              Future<?> done = Future.succeededFuture();
              for (Row row : rows) {
                known.add(row.getString(0));
                int seen = generations.getOrDefault(row.getString(0), 0);
                int generation = generation(row.getInteger(1), seen, row.getBoolean(2));
                if (generation > row.getInteger(1)) {
                  raised.add(row.getString(0));
                  Tuple values = Tuple.of(row.getString(0), generation);
                  done = done.compose(v -> connection.preparedQuery(GENERATION).execute(values));
                }
              }
              generations.keySet().stream()
                  .filter(id -> !known.contains(id))
                  .forEach(
                      id -> conflict("product " + id + " is not there: apply its configuration"));
              return done.map(known);
            });
  }

  /** In recovery no grant of a generation that the journal knows may count. */
  private static int generation(int now, int seen, boolean inRecovery) {
    return seen <= now ? now : Math.min(GENERATIONS, inRecovery ? seen + 1 : seen);
  }

  private Future<Void> connections(SqlConnection connection) {
    Future<Void> done = Future.succeededFuture();
    for (Change.NewConnection one : connections) {
      done = done.compose(v -> connect(connection, one));
    }
    return done;
  }

  private Future<Void> connect(SqlConnection connection, Change.NewConnection one) {
    return connection
        .preparedQuery(CONNECTION)
        .execute(values(one))
        .compose(
            inserted -> {
              if (inserted.rowCount() == 1) {
                made.add(one.id());
                return Future.succeededFuture();
              }
              return connection
                  .preparedQuery(SAME_CONNECTION)
                  .execute(values(one))
                  .map(
                      same -> {
                        if (same.rowCount() == 0) {
                          conflict("connection " + one.id() + " is another one here");
                        }
                        return null;
                      });
            });
  }

  private static Tuple values(Change.NewConnection one) {
    Connection connection = one.connection();
    return Tuple.of(one.id(), connection.platformId(), connection.scheme(), connection.host())
        .addInteger(connection.port())
        .addValue(connection.clientId().orElse(null))
        .addValue(connection.userName().orElse(null))
        .addValue(connection.topicPrefix().orElse(null))
        .addValue(connection.spkiSha256().map(Buffer::buffer).orElse(null));
  }

  private void conflict(String what) {
    if (conflicts.size() < MAX_CONFLICTS) {
      conflicts.add(what);
    }
  }

  private Future<Void> rows(SqlConnection connection) {
    Set<DeviceRef> refs = new HashSet<>(devices.keySet());
    refs.addAll(labels.devices());
    if (refs.isEmpty()) {
      return Future.succeededFuture();
    }
    Tuple which =
        Tuple.tuple()
            .addArrayOfString(refs.stream().map(DeviceRef::productId).toArray(String[]::new))
            .addArrayOfString(refs.stream().map(DeviceRef::deviceId).toArray(String[]::new));
    return connection
        .preparedQuery(LOCK)
        .execute(which)
        .compose(
            rows -> {
              Map<DeviceRef, State> before = new HashMap<>();
              Set<DeviceRef> counted = new HashSet<>();
              for (Row row : rows) {
                before.put(ref(row), state(row));
                if (row.getBoolean(10)) {
                  counted.add(ref(row));
                }
              }
              Map<DeviceRef, State> after = restored(before);
              return write(connection, after)
                  .compose(v -> count(connection, after, counted))
                  .compose(v -> labels.run(connection, refs));
            })
        .map(
            done -> {
              labeled = done;
              return null;
            });
  }

  private static DeviceRef ref(Row row) {
    return new DeviceRef(row.getString(0), row.getString(1));
  }

  private static State state(Row row) {
    return new State(
        Rows.deviceRow(row, 2), Optional.ofNullable(row.getInteger(9)).map(Codes::status));
  }

  /** Rows that change, in the order of ids. */
  private Map<DeviceRef, State> restored(Map<DeviceRef, State> before) {
    Map<DeviceRef, State> after =
        new TreeMap<>(
            Comparator.comparing(DeviceRef::productId).thenComparing(DeviceRef::deviceId));
    devices.forEach(
        (ref, journal) -> {
          State now = before.getOrDefault(ref, State.NONE);
          Restoration.Outcome outcome = Restoration.restore(now, journal);
          effects.merge(outcome.effect(), 1, Integer::sum);
          if (outcome.effect() == Effect.LEFT) {
            conflict("device " + ref.productId() + "/" + ref.deviceId() + " is of a later history");
          }
          if (!outcome.after().equals(now)) {
            after.put(ref, outcome.after());
          }
        });
    return after;
  }

  private static Future<Void> write(SqlConnection connection, Map<DeviceRef, State> after) {
    int size = after.size();
    String[] products = new String[size];
    String[] ids = new String[size];
    Short[] statuses = new Short[size];
    Long[] epochs = new Long[size];
    Buffer[] tokens = new Buffer[size];
    Integer[] attempts = new Integer[size];
    Integer[] connections = new Integer[size];
    Short[] recovered = new Short[size];
    Boolean[] approved = new Boolean[size];
    Short[] returnsTo = new Short[size];
    int i = 0;
    for (Map.Entry<DeviceRef, State> entry : after.entrySet()) {
      DeviceRow row = entry.getValue().row();
      products[i] = entry.getKey().productId();
      ids[i] = entry.getKey().deviceId();
      statuses[i] = Codes.of(row.status());
      epochs[i] = row.epoch();
      tokens[i] = row.token().map(Token::toBytes).map(Buffer::buffer).orElse(null);
      attempts[i] = row.attempt();
      connections[i] = row.connectionId();
      recovered[i] = (short) row.recoveredIn();
      approved[i] = row.reEnrollApproved();
      returnsTo[i] = entry.getValue().returnsTo().map(Codes::of).orElse(null);
      i++;
    }
    Tuple values =
        Tuple.tuple()
            .addArrayOfString(products)
            .addArrayOfString(ids)
            .addArrayOfShort(statuses)
            .addArrayOfLong(epochs)
            .addArrayOfBuffer(tokens)
            .addArrayOfInteger(attempts)
            .addArrayOfInteger(connections)
            .addArrayOfShort(recovered)
            .addArrayOfBoolean(approved)
            .addArrayOfShort(returnsTo);
    return connection.preparedQuery(WRITE).execute(values).mapEmpty();
  }

  /** Devices that were never counted as committed use up their product's quota. */
  private static Future<Void> count(
      SqlConnection connection, Map<DeviceRef, State> after, Set<DeviceRef> counted) {
    Map<String, Long> fresh = new TreeMap<>();
    after.forEach(
        (ref, state) -> {
          if (state.row().epoch() > 0 && !counted.contains(ref)) {
            fresh.merge(ref.productId(), 1L, Long::sum);
          }
        });
    Future<?> done = Future.succeededFuture();
    for (Map.Entry<String, Long> product : fresh.entrySet()) {
      Tuple values = Tuple.of(product.getKey(), product.getValue());
      done = done.compose(v -> connection.preparedQuery(COUNT).execute(values));
    }
    return done.mapEmpty();
  }
}
