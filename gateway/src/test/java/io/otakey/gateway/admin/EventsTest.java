package io.otakey.gateway.admin;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import io.otakey.gateway.TestPool;
import io.otakey.gateway.registry.Role;
import io.vertx.core.Future;
import io.vertx.sqlclient.Pool;
import io.vertx.sqlclient.Tuple;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Pages and streams of events against the real API on a real database. */
@ExtendWith(AdminBed.Extension.class)
class EventsTest {
  private static final int WRITERS = 8;
  private static final int EACH = 40;
  private static final long SEED = 20_261_123;

  private static void act(AdminBed bed, String product, String device, String verb) {
    bed.admin().act("/products/" + product + "/devices/" + device + "/" + verb).expect(200);
  }

  private static EventReader stream(AdminBed bed, String query, String last) throws Exception {
    return new EventReader(bed.url(), bed.adminToken(), query, last);
  }

  @Test
  void page_showsADevicesLifeInOrderAndLeadsOn(AdminBed bed) {
    String before = AdminBed.await(bed.registry().eventLog().end()).text();
    String product = bed.product();
    bed.active(product, "d1");
    act(bed, product, "d1", "block");
    act(bed, product, "d1", "unblock");
    String path = "/events?product=" + product;
    JsonNode page = bed.admin().get(path + "&limit=2&after=" + before).expect(200).json();
    assertThat(page.path("events").findValuesAsText("kind")).containsExactly("enrolled", "blocked");
    assertThat(page.path("events").get(0).path("epoch").asInt()).isEqualTo(1);
    assertThat(page.path("events").get(1).path("actor").asText()).isEqualTo("bootstrap");
    String next = page.path("next").asText();
    JsonNode rest = bed.admin().get(path + "&after=" + next).expect(200).json();
    assertThat(rest.path("events").findValuesAsText("kind")).containsExactly("unblocked");
    assertThat(rest.path("atEnd").asBoolean()).isTrue();
    assertThat(bed.admin().get(path + "&kind=moved&after=" + before).json().path("events"))
        .isEmpty();
    assertThat(bed.admin().get(path + "&device=d2&after=" + before).json().path("events"))
        .isEmpty();
    assertThat(bed.admin().get("/events?after=x&kind=nonsense").problem(400))
        .contains("after must be", "kind must be one of");
    assertThat(bed.admin().get("/events?after=900000000000-1").problem(410))
        .contains("ahead of this database");
  }

  @Test
  void newestPage_goesBack(AdminBed bed) {
    String product = bed.product();
    bed.active(product, "d1");
    act(bed, product, "d1", "block");
    act(bed, product, "d1", "unblock");
    String path = "/events/newest?product=" + product + "&device=d1";
    JsonNode page = bed.admin().get(path + "&limit=2").expect(200).json();
    assertThat(page.path("events").findValuesAsText("kind"))
        .containsExactly("unblocked", "blocked");
    String before = "&before=" + page.path("next").asText();
    JsonNode rest = bed.admin().get(path + before).expect(200).json();
    assertThat(rest.path("events").findValuesAsText("kind")).containsExactly("enrolled");
    assertThat(bed.admin().get(path + "&kind=blocked").json().path("events")).hasSize(1);
    assertThat(bed.admin().get("/events/newest?before=x").problem(400)).contains("before must be");
  }

  @Test
  void stream_tellsAsItHappensAndGoesOnAtTheCursor(AdminBed bed) throws Exception {
    String product = bed.product();
    bed.active(product, "d1");
    String query = "?product=" + product + "&kind=blocked&kind=unblocked";
    String cursor;
    try (EventReader reader = stream(bed, query, "")) {
      assertThat(reader.begin()).matches("[0-9]+-[0-9]+");
      act(bed, product, "d1", "block");
      JsonNode event = reader.next();
      assertThat(event.path("kind").asText()).isEqualTo("blocked");
      cursor = reader.last();
      assertThat(event.path("cursor").asText()).isEqualTo(cursor);
    }
    act(bed, product, "d1", "unblock");
    try (EventReader reader = stream(bed, query, cursor)) {
      assertThat(reader.next().path("kind").asText()).as("while away").isEqualTo("unblocked");
    }
    try (EventReader reader = stream(bed, query, "900000000000-1")) {
      assertThat(reader.status()).isEqualTo(410);
      assertThat(reader.text()).contains("urn:otakey:problem:gone");
    }
    bed.until(
        () ->
            bed.meters()
                    .get("otakey.resource.used")
                    .tag("resource", "event_streams")
                    .gauge()
                    .value()
                == 0);
  }

  @Test
  void limitedToken_isToldOfItsProductsAlone(AdminBed bed) throws Exception {
    String own = bed.product();
    String foreign = bed.product();
    String token = ApiTokenText.generate();
    byte[] hash = ApiTokenText.hash(token).orElseThrow();
    AdminBed.await(
        bed.registry()
            .apiTokens()
            .create(
                AdminBed.TESTER,
                "events-" + own,
                hash,
                Role.VIEWER,
                Set.of(own),
                Optional.empty()));
    try (EventReader reader = new EventReader(bed.url(), token, "", "")) {
      reader.begin();
      bed.active(foreign, "theirs");
      bed.active(own, "mine");
      assertThat(reader.next().path("deviceId").asText()).isEqualTo("mine");
    }
    try (EventReader refused = new EventReader(bed.url(), token, "?product=" + foreign, "")) {
      assertThat(refused.status()).isEqualTo(403);
    }
  }

  /** In one transaction, so that no reader ever sees what is deleted. */
  @Test
  void stream_whoseNextEventsAreGone_ends_andTellsSoWhenAskedAgain(AdminBed bed) throws Exception {
    String product = "gone-" + System.nanoTime();
    Pool pool = pool(bed);
    try (EventReader reader = stream(bed, "?product=" + product, "")) {
      String cursor = reader.begin();
      String insert =
          "insert into event (kind, product_id, device_id, actor) values (12, '%s', 'd', 'x')"
              .formatted(product);
      AdminBed.await(pool.query(insert).execute());
      reader.next(); // from here on the stream is told from memory
      AdminBed.await(
          pool.withTransaction(
              client ->
                  client
                      .query(insert)
                      .execute()
                      .compose(
                          v ->
                              client
                                  .query("delete from event where product_id = '" + product + "'")
                                  .execute())));
      assertThatThrownBy(reader::next).isInstanceOf(IOException.class);
      try (EventReader again = stream(bed, "", cursor)) {
        assertThat(again.status()).isEqualTo(410);
      }
    }
    AdminBed.await(pool.query("update event_gone set tx = '0', id = 0").execute()); // of others
    AdminBed.await(pool.close());
  }

  /** Transactions commit in another order than they began, and the reader breaks off at random. */
  @Test
  void writersThatCommitOutOfOrder_andAReaderThatComesAndGoes_missNothing(AdminBed bed)
      throws Exception {
    Random random = new Random(SEED);
    String product = "race-" + System.nanoTime();
    String query = "?product=" + product;
    Pool pool = pool(bed);
    List<JsonNode> told = new ArrayList<>();
    String cursor;
    try (EventReader reader = stream(bed, query, "")) {
      cursor = reader.begin();
    }
    List<Future<Void>> writers = new ArrayList<>();
    for (int writer = 0; writer < WRITERS; writer++) {
      writers.add(write(pool, product, writer, 0));
    }
    while (told.size() < WRITERS * EACH) {
      try (EventReader reader = stream(bed, query, cursor)) {
        for (int i = random.nextInt(40); i >= 0 && told.size() < WRITERS * EACH; i--) {
          told.add(reader.next());
          cursor = reader.last();
        }
      }
    }
    AdminBed.await(Future.all(writers));
    AdminBed.await(pool.close());
    Set<String> once = new HashSet<>();
    Map<String, Integer> last = new HashMap<>();
    for (JsonNode event : told) {
      String[] name = event.path("deviceId").asText().split("-", -1);
      assertThat(once.add(event.path("deviceId").asText())).as("twice: %s", event).isTrue();
      int number = Integer.parseInt(name[1]);
      assertThat(number).as("order of one writer").isEqualTo(last.getOrDefault(name[0], -1) + 1);
      last.put(name[0], number);
    }
    assertThat(once).hasSize(WRITERS * EACH);
  }

  private static Future<Void> write(Pool pool, String product, int writer, int number) {
    if (number == EACH) {
      return Future.succeededFuture();
    }
    return pool.withTransaction(
            connection ->
                connection
                    .preparedQuery(
                        "insert into event (kind, product_id, device_id) values (12, $1, $2)")
                    .execute(Tuple.of(product, "w" + writer + "-" + number))
                    .compose(v -> connection.query("select pg_sleep(random() * 0.03)").execute()))
        .compose(v -> write(pool, product, writer, number + 1));
  }

  private static Pool pool(AdminBed bed) {
    return TestPool.open(bed.vertx(), bed.server().endpoint(), WRITERS);
  }

  /** More than the tail keeps and sockets hold waits for a reader that does not read. */
  @Test
  void slowReader_isSlowedAndMissesNothing_whileOthersGoOn(AdminBed bed) throws Exception {
    int all = 40_000;
    String product = "flood-" + System.nanoTime();
    String query = "?product=" + product;
    Pool pool = pool(bed);
    try (EventReader slow = stream(bed, query, "");
        EventReader fast = stream(bed, query, "")) {
      slow.begin();
      fast.begin();
      AdminBed.await(
          pool.preparedQuery(
                  "insert into event (kind, product_id, device_id)"
                      + " select 12, $1, 'd' || n from generate_series(1, $2::int4) n")
              .execute(Tuple.of(product, all)));
      expectAll(fast, all);
      expectAll(slow, all);
    }
    AdminBed.await(pool.close());
  }

  private static void expectAll(EventReader reader, int all) throws IOException {
    for (int i = 1; i <= all; i++) {
      String told = reader.next().path("deviceId").asText();
      if (!told.equals("d" + i)) {
        throw new AssertionError("d" + i + " is missing, or comes twice: " + told);
      }
    }
  }
}
