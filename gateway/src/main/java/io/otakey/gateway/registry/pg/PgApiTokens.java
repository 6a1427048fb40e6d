package io.otakey.gateway.registry.pg;

import io.otakey.gateway.registry.Actor;
import io.otakey.gateway.registry.ApiToken;
import io.otakey.gateway.registry.ApiTokens;
import io.otakey.gateway.registry.Role;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.Tuple;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** API tokens in PostgreSQL. */
final class PgApiTokens implements ApiTokens {
  private static final int HASH_BYTES = 32;
  private static final int MAX_NAME = 64;

  private static final String COLUMNS =
      "id, name, role, products, created_at, expires_at, revoked_at";

  private static final String INSERT =
      """
      insert into api_token (name, sha256, role, products, expires_at)
      values ($1, $2, $3, $4, $5) on conflict (name) where revoked_at is null do nothing
      returning\s"""
          + COLUMNS;

  private static final String AUTHENTICATE =
      "select "
          + COLUMNS
          + " from api_token where sha256 = $1 and revoked_at is null"
          + " and (expires_at is null or now() < expires_at)";

  private static final String REVOKE =
      "update api_token set revoked_at = now() where id = $1 and revoked_at is null returning name";

  private final Admin admin;

  PgApiTokens(Admin admin) {
    this.admin = admin;
  }

  @Override
  public Future<Optional<ApiToken>> create(
      Actor actor,
      String name,
      byte[] sha256,
      Role role,
      Set<String> products,
      Optional<Instant> expiresAt) {
    List<String> problems = new ArrayList<>();
    if (name.isBlank() || name.length() > MAX_NAME) {
      problems.add("a token's name must have 1 to " + MAX_NAME + " characters");
    }
    if (sha256.length != HASH_BYTES) {
      problems.add("the hash must have 32 bytes (SHA-256)");
    }
    Tuple values =
        Tuple.of(
                name,
                Buffer.buffer(sha256),
                Codes.of(role),
                products.stream().sorted().toArray(String[]::new))
            .addValue(ProductSql.time(expiresAt));
    String detail = "token " + name + ", " + role + (products.isEmpty() ? "" : ", " + products);
    return Admin.accept(problems)
        .compose(
            valid ->
                admin.change(
                    client ->
                        client
                            .preparedQuery(INSERT)
                            .mapping(PgApiTokens::token)
                            .execute(values)
                            .map(Admin::first)
                            .compose(
                                created ->
                                    created.isEmpty()
                                        ? Future.succeededFuture(created)
                                        : admin
                                            .audit(
                                                client, actor, "token.create", null, null, detail)
                                            .map(created))));
  }

  @Override
  public Future<Optional<ApiToken>> authenticate(byte[] sha256) {
    return admin.read(
        client ->
            client
                .preparedQuery(AUTHENTICATE)
                .mapping(PgApiTokens::token)
                .execute(Tuple.of(Buffer.buffer(sha256)))
                .map(Admin::first));
  }

  @Override
  public Future<Boolean> revoke(Actor actor, long id) {
    return admin.change(
        client ->
            client
                .preparedQuery(REVOKE)
                .mapping(row -> row.getString(0))
                .execute(Tuple.of(id))
                .map(Admin::first)
                .compose(
                    name ->
                        name.isEmpty()
                            ? Future.succeededFuture(false)
                            : admin
                                .audit(
                                    client,
                                    actor,
                                    "token.revoke",
                                    null,
                                    null,
                                    "token " + name.get())
                                .map(true)));
  }

  @Override
  public Future<List<ApiToken>> list() {
    return admin.read(
        client ->
            client
                .query("select " + COLUMNS + " from api_token order by id")
                .mapping(PgApiTokens::token)
                .execute()
                .map(rows -> rows.stream().toList()));
  }

  private static ApiToken token(Row row) {
    return new ApiToken(
        row.getLong(0),
        row.getString(1),
        Codes.role(row.getInteger(2)),
        Set.of(row.getArrayOfStrings(3)),
        row.getOffsetDateTime(4).toInstant(),
        ProductSql.instant(row.getOffsetDateTime(5)),
        ProductSql.instant(row.getOffsetDateTime(6)));
  }
}
