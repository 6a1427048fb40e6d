package io.otakey.gateway;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaPackage;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import io.otakey.protocol.Comparisons;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

/** The table of docs/architecture.md: what each package of the gateway may import. */
class ArchitectureTest {
  private static final String ROOT = "io.otakey.gateway";

  private static final JavaClasses CLASSES =
      new ClassFileImporter()
          .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
          .importPackages(ROOT);

  /** Package below the root, and the packages below the root that it may import. */
  private static final Map<String, Set<String>> ALLOWED =
      Map.ofEntries(
          Map.entry("metric", Set.of()),
          Map.entry("vault", Set.of()),
          Map.entry("tls", Set.of()),
          Map.entry("batch", Set.of("metric")),
          Map.entry("registry", Set.of()),
          Map.entry("audit", Set.of("registry", "metric")),
          Map.entry(
              "registry.pg",
              Set.of(
                  "registry",
                  "audit",
                  "campaign",
                  "census",
                  "platform",
                  "webhook",
                  "batch",
                  "metric")),
          Map.entry("webhook", Set.of("registry", "vault", "metric")),
          Map.entry("journal", Set.of("registry", "batch", "metric")),
          Map.entry("campaign", Set.of("registry", "metric")),
          Map.entry("census", Set.of("registry", "metric")),
          Map.entry("oidc", Set.of("registry")),
          Map.entry("cluster", Set.of("metric")),
          Map.entry("presence", Set.of("registry", "vault", "metric")),
          Map.entry("exchange", Set.of("vault", "registry", "platform", "metric")),
          Map.entry("platform", Set.of("registry", "vault", "batch", "metric")),
          Map.entry("platform.net", Set.of("platform")),
          Map.entry("platform.mosquitto", Set.of("platform", "platform.net")),
          Map.entry("platform.rabbitmq", Set.of("platform", "platform.net")),
          Map.entry("platform.rest", Set.of("platform", "platform.net")),
          Map.entry("transport", Set.of("exchange", "metric")),
          Map.entry("transport.mqtt", Set.of("transport", "tls", "exchange", "presence", "metric")),
          Map.entry("transport.hook", Set.of("transport", "tls", "exchange", "metric")),
          Map.entry("transport.http", Set.of("transport", "tls", "exchange", "metric")),
          Map.entry("recovery", Set.of("registry", "vault", "metric")),
          Map.entry(
              "admin",
              Set.of(
                  "registry",
                  "audit",
                  "campaign",
                  "platform",
                  "webhook",
                  "journal",
                  "recovery",
                  "vault",
                  "tls",
                  "oidc",
                  "metric")),
          Map.entry("cli", Set.of("journal", "vault")),
          Map.entry(
              "doctor",
              Set.of(
                  "config",
                  "vault",
                  "tls",
                  "registry.pg",
                  "journal",
                  "cluster",
                  "transport",
                  "transport.mqtt",
                  "transport.http",
                  "transport.hook",
                  "admin")),
          Map.entry(
              "config",
              Set.of(
                  "vault",
                  "registry",
                  "exchange",
                  "tls",
                  "transport",
                  "transport.mqtt",
                  "transport.hook",
                  "transport.http",
                  "registry.pg",
                  "batch",
                  "campaign",
                  "census",
                  "cluster",
                  "platform",
                  "webhook",
                  "journal",
                  "recovery",
                  "oidc",
                  "admin")));

  /** Of sealed settings, checksums, hashes, links of the audit log, frames that were remembered. */
  private static final Set<String> ENDS_EARLY =
      Set.of(
          "ChainMemory",
          "ChainPageQuery",
          "ChainPlace",
          "ChainWalk",
          "ConfigPlatforms",
          "ConfigWebhooks",
          "GrantMemory",
          "JournalReader",
          "ProductKey",
          "VaultShares");

  private static final Set<String> MAKES_METERS =
      Set.of("builder", "counter", "timer", "summary", "gauge", "more");

  @Test
  void packages_importOnlyWhatTheTableAllows() {
    List<String> violations = new ArrayList<>();
    for (JavaClass from : CLASSES) {
      String source = below(from.getPackageName());
      if (source.isEmpty()) {
        continue;
      }
      Set<String> allowed = ALLOWED.getOrDefault(source, Set.of());
      from.getDirectDependenciesFromSelf().stream()
          .map(dependency -> dependency.getTargetClass().getPackageName())
          .filter(target -> target.startsWith(ROOT))
          .map(ArchitectureTest::below)
          .filter(target -> !target.equals(source) && !allowed.contains(target))
          .forEach(target -> violations.add(from.getName() + " imports " + target));
    }
    assertThat(violations).isEmpty();
  }

  @Test
  void everyPackage_standsInTheTable() {
    Set<String> packages = new TreeSet<>();
    JavaPackage root = CLASSES.getPackage(ROOT);
    root.getSubpackagesInTree().stream()
        .filter(p -> !p.getClasses().isEmpty())
        .forEach(p -> packages.add(below(p.getName())));
    assertThat(ALLOWED.keySet()).containsAll(packages);
  }

  @Test
  void packages_haveNoCycles() {
    slices().matching(ROOT + ".(**)").should().beFreeOfCycles().check(CLASSES);
  }

  @Test
  void sql_livesInRegistryPgAlone() {
    noClasses()
        .that()
        .resideOutsideOfPackages(ROOT + ".registry.pg", ROOT + ".config", ROOT)
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage("io.vertx.sqlclient..", "io.vertx.pgclient..", "java.sql..")
        .check(CLASSES);
  }

  /** Nothing is measured that does not stand in the contract. */
  @Test
  void meters_areMadeByTheContractAlone() {
    noClasses()
        .that()
        .resideOutsideOfPackage(ROOT + ".metric")
        .should()
        .callMethodWhere(
            DescribedPredicate.describe(
                "makes a meter",
                call ->
                    call.getTargetOwner().getPackageName().startsWith("io.micrometer")
                        && MAKES_METERS.contains(call.getTarget().getName())))
        .check(CLASSES);
  }

  @Test
  void theCluster_isKnownToItsPackageAlone() {
    noClasses()
        .that()
        .resideOutsideOfPackages(ROOT + ".cluster")
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage("com.hazelcast..")
        .check(CLASSES);
  }

  @Test
  void tokensOfProviders_areReadByTheirPackageAlone() {
    noClasses()
        .that()
        .resideOutsideOfPackages(ROOT + ".oidc")
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage("com.nimbusds..")
        .check(CLASSES);
  }

  @Test
  void cryptoPrimitives_liveInTheProtocolAlone() {
    noClasses()
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage("javax.crypto..", "org.conscrypt..", "org.bouncycastle.crypto..")
        .check(CLASSES);
  }

  /** Whoever times it learns nothing of a secret; the others compare what is none, or is sealed. */
  @Test
  void secrets_areComparedInConstantTime() {
    assertThat(Comparisons.thatEndEarly(CLASSES)).isEqualTo(ENDS_EARLY);
    Map<String, String> shown =
        Map.of(
            "admin.BootstrapToken", "is",
            "exchange.PlatformLogin", "proves",
            "exchange.KeyDelivery", "wouldGet",
            "cluster.MemberProof", "check");
    shown.forEach(
        (type, method) ->
            assertThat(Comparisons.inConstantTime(CLASSES.get(ROOT + "." + type), method))
                .as(type)
                .isPositive());
  }

  @Test
  void servers_liveInTransportsAndAdminAlone() {
    noClasses()
        .that()
        .resideOutsideOfPackages(ROOT + ".transport..", ROOT + ".admin")
        .should()
        .dependOnClassesThat(serve())
        .check(CLASSES);
  }

  /** All of Vert.x MQTT but its client, with which the gateway is a guest elsewhere. */
  private static DescribedPredicate<JavaClass> serve() {
    return DescribedPredicate.describe(
        "serve",
        type ->
            type.getPackageName().startsWith("io.vertx.ext.web")
                || (type.getPackageName().equals("io.vertx.mqtt")
                    && !type.getSimpleName().startsWith("MqttClient")
                    && !type.getSimpleName().equals("MqttConnectionException")));
  }

  private static String below(String packageName) {
    return packageName.equals(ROOT) ? "" : packageName.substring(ROOT.length() + 1);
  }
}
