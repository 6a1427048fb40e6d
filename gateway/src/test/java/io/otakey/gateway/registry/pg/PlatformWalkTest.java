package io.otakey.gateway.registry.pg;

import static io.otakey.gateway.registry.pg.Fixture.ALICE;
import static io.otakey.gateway.registry.pg.PlatformBed.name;
import static io.otakey.gateway.registry.pg.PlatformBed.ref;
import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.otakey.gateway.platform.PlatformException;
import io.otakey.gateway.platform.PlatformRunner;
import io.otakey.gateway.platform.PlatformService;
import io.otakey.gateway.platform.SimulatedPlatform;
import io.otakey.gateway.platform.SimulatedPlatform.Mood;
import io.otakey.gateway.registry.OperatorAction;
import io.otakey.protocol.key.DeviceRow;
import io.otakey.protocol.key.GrantToken;
import io.otakey.protocol.key.RowStatus;
import io.otakey.protocol.wire.DeviceRef;
import io.otakey.protocol.wire.KeyRef;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.RepetitionInfo;
import org.junit.jupiter.api.io.TempDir;

/**
 * Two nodes, two platforms with bad days, a few devices and their operator, at random. Whenever it
 * calms down, platforms have exactly the logins that the rows of devices ask for, and those of
 * grants that can still be confirmed; and a device that confirmed a verified key has its login.
 */
class PlatformWalkTest {
  private static final int DEVICES = 5;
  private static final int STEPS = Boolean.getBoolean("otakey.full") ? 2000 : 150;
  private static final int CALM_EVERY = 15;

  private static final List<Mood> MOODS = List.of(Mood.values());
  private static final List<OperatorAction> ACTIONS = List.of(OperatorAction.values());

  @TempDir private Path folder;

  private final Map<DeviceRef, List<KeyRef>> grants = new HashMap<>();
  private final Map<KeyRef, String> verified = new HashMap<>();

  /** Those whose login may be on a platform although nobody said so. */
  private final Map<KeyRef, String> tried = new HashMap<>();

  /** Those that no operator's action and no platform's fault has touched. */
  private final Set<KeyRef> untouched = new HashSet<>();

  private boolean healthy = true;

  @RepeatedTest(3)
  void platformsFollowTheRegistry(RepetitionInfo repetition) {
    int seed = repetition.getCurrentRepetition();
    Random random = new Random(seed);
    try (PlatformBed bed = new PlatformBed(folder)) {
      PlatformService service = bed.service(PlatformBed.quick());
      List<String> nodes = new ArrayList<>(List.of(node(bed, service), node(bed, service)));
      for (int step = 1; step <= STEPS; step++) {
        int chance = random.nextInt(100);
        if (chance < 12) {
          worsen(bed, random);
        } else if (chance < 15) {
          Await.get(bed.database.vertx.undeploy(nodes.remove(random.nextInt(2))));
          nodes.add(node(bed, service));
        } else if (chance < 18) {
          bed.database.sql("update duty set expires_at = now() where name = 'platforms'");
        } else if (chance < 21) {
          bed.put(random.nextBoolean() ? "home" : "away"); // other settings: another connector
        } else {
          act(bed, service, random);
        }
        if (step % CALM_EVERY == 0) {
          calm(bed);
          compare(bed, "step " + step + " of seed " + seed);
        }
      }
      for (String node : nodes) {
        Await.get(bed.database.vertx.undeploy(node));
      }
      Await.get(service.close());
      assertThat(bed.home.connected.get() + bed.away.connected.get()).as("connectors").isZero();
    }
  }

  private static String node(PlatformBed bed, PlatformService service) {
    return Await.get(
        bed.database.vertx.deployVerticle(
            new PlatformRunner(
                PlatformBed.quick(),
                bed.ledger,
                bed.platforms,
                service,
                new SimpleMeterRegistry())));
  }

  private void worsen(PlatformBed bed, Random random) {
    SimulatedPlatform platform = random.nextBoolean() ? bed.home : bed.away;
    platform.mood = MOODS.get(random.nextInt(MOODS.size()));
    platform.disliked = "dev-" + random.nextInt(DEVICES) + ".";
    healthy = false;
    List<String> names = List.copyOf(platform.logins.keySet());
    if (random.nextInt(3) == 0 && !names.isEmpty()) {
      String lost = names.get(random.nextInt(names.size()));
      platform.logins.remove(lost);
      untouched.removeIf(key -> name(key).equals(lost));
      platform.logins.put("somebody", "else's");
      platform.logins.put("p.dev-99." + "00".repeat(15), "a left-over");
    }
  }

  private void act(PlatformBed bed, PlatformService service, Random random) {
    DeviceRef ref = ref(random.nextInt(DEVICES));
    DeviceRow row = bed.row(ref);
    List<KeyRef> mine = grants.computeIfAbsent(ref, r -> new ArrayList<>());
    int chance = random.nextInt(100);
    if (chance < 40) {
      grant(bed, service, ref, row, mine, random);
    } else if (chance < 75 && !mine.isEmpty()) {
      commit(bed, mine.get(random.nextInt(mine.size())));
    } else if (chance < 82 && row.status() == RowStatus.ACTIVE && !mine.isEmpty()) {
      bed.abandon(mine.get(random.nextInt(mine.size())));
    } else if (chance < 92) {
      OperatorAction action = ACTIONS.get(random.nextInt(ACTIONS.size()));
      if (action != OperatorAction.REVOKE || random.nextInt(4) == 0) {
        bed.act(ref, action);
        untouched.removeAll(mine);
      }
    }
  }

  /** As a gateway grants: the login of a rotation is there before the device has its key. */
  private void grant(
      PlatformBed bed,
      PlatformService service,
      DeviceRef ref,
      DeviceRow row,
      List<KeyRef> mine,
      Random random) {
    int[] connections = {0, bed.atHome, bed.atAway, bed.atAsking};
    int to = connections[random.nextInt(connections.length)];
    KeyRef key = bed.key(ref, to);
    int goesTo = to == 0 ? row.connectionId() : to;
    String platform = goesTo == bed.atHome ? "home" : goesTo == bed.atAway ? "away" : "";
    if (row.status() == RowStatus.ACTIVE && !platform.isEmpty()) {
      tried.put(key, platform);
      try {
        Await.get(service.prepare(key, platform, goesTo));
      } catch (PlatformException e) {
        assertThat(healthy).as("refused although all is well: %s", e.getMessage()).isFalse();
        return;
      }
      assertThat(bed.kind.at(platform).logins).as("before the grant").containsKey(name(key));
      verified.put(key, platform);
      untouched.add(key);
    }
    mine.add(key);
  }

  private void commit(PlatformBed bed, KeyRef key) {
    Optional<Map<String, String>> there =
        Optional.ofNullable(verified.get(key))
            .map(platform -> bed.kind.at(platform).logins)
            .filter(logins -> logins.containsKey(name(key)));
    if (bed.commit(key) && there.isPresent() && healthy) {
      assertThat(there.get()).as("a committed key keeps its login").containsKey(name(key));
    }
  }

  /** All platforms are well, and everything owed is paid. */
  private void calm(PlatformBed bed) {
    for (SimulatedPlatform platform : List.of(bed.home, bed.away)) {
      platform.mood = Mood.WELL;
    }
    for (String id : List.of("home", "away")) {
      Await.get(bed.platforms.reconcile(ALICE, id));
    }
    Await.until("calm", () -> isCalm(bed));
    healthy = true;
  }

  private static boolean isCalm(PlatformBed bed) {
    bed.database.sql(
        "update credential set due_at = now() where due_at is not null and state <> 1");
    boolean settled =
        bed.database.count(
                "event e, duty d where d.name = 'platforms' and (e.tx, e.id) > (seen_tx, seen_id)")
            == 0;
    return settled
        && bed.database.count("unsettled") == 0
        && bed.database.count("reconciliation where ended_at is null") == 0
        && bed.database.count("credential where due_at is not null and state <> 1") == 0;
  }

  private void compare(PlatformBed bed, String when) {
    for (String id : List.of("home", "away")) {
      Map<String, String> must = new TreeMap<>();
      Set<String> may = new TreeSet<>(Set.of("somebody"));
      for (int i = 0; i < DEVICES; i++) {
        expect(bed, id, ref(i), must, may);
      }
      SimulatedPlatform platform = bed.kind.at(id);
      assertThat(platform.abuse).isEmpty();
      assertThat(platform.logins).as("%s at %s", id, when).containsAllEntriesOf(must);
      may.addAll(must.keySet());
      assertThat(may).as("%s at %s", id, when).containsAll(platform.logins.keySet());
    }
  }

  private void expect(
      PlatformBed bed, String id, DeviceRef ref, Map<String, String> must, Set<String> may) {
    DeviceRow row = bed.row(ref);
    if (row.status() != RowStatus.ACTIVE && row.status() != RowStatus.EXPECTED) {
      return;
    }
    int here = id.equals("home") ? bed.atHome : bed.atAway;
    if (row.connectionId() == here && row.token().isPresent()) {
      KeyRef key = new KeyRef(ref, row.epoch(), row.token().get());
      must.put(name(key), bed.secret(key, id));
    }
    for (KeyRef grant : tried.keySet().stream().filter(k -> k.ref().equals(ref)).toList()) {
      int attempt = GrantToken.decode(grant.token()).orElseThrow().attempt();
      if (Optional.of(id).equals(Optional.ofNullable(tried.get(grant)))
          && grant.epoch() > row.epoch()
          && attempt >= row.attempt()) {
        may.add(name(grant));
        if (untouched.contains(grant) && row.status() == RowStatus.ACTIVE) {
          must.put(name(grant), bed.secret(grant, id));
        }
      }
    }
  }
}
