package io.otakey.loadgen;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import org.junit.jupiter.api.Test;

/** Who may import whom in this module. */
class ArchitectureTest {
  private static final String ROOT = "io.otakey.loadgen";
  private static final JavaClasses CLASSES =
      new ClassFileImporter()
          .withImportOption(new ImportOption.DoNotIncludeTests())
          .importPackages(ROOT);

  @Test
  void generator_knowsNothingOfTheGateway() {
    noClasses()
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage("io.otakey.gateway..", "io.vertx..")
        .check(CLASSES);
  }

  @Test
  void scenario_importsNothingOfOurs() {
    only(
        "scenario",
        ROOT + ".device..",
        ROOT + ".link..",
        ROOT + ".stats..",
        "io.otakey.protocol..");
  }

  @Test
  void device_importsTheProtocolOnly() {
    only("device", ROOT + ".scenario..", ROOT + ".link..", ROOT + ".stats..", "io.netty..");
  }

  @Test
  void link_knowsFramesOnly() {
    only(
        "link",
        ROOT + ".scenario..",
        ROOT + ".device..",
        ROOT + ".stats..",
        "io.otakey.protocol.device..",
        "io.otakey.protocol.handshake..",
        "io.otakey.protocol.key..",
        "io.otakey.protocol.crypto..");
  }

  @Test
  void live_knowsNoReports() {
    only("live", ROOT + ".report..", ROOT + ".device..", ROOT + ".load..", ROOT + ".experiment..");
  }

  @Test
  void load_knowsNoLivingFleets_andNoExperiments() {
    only("load", ROOT + ".live..", ROOT + ".platform..", ROOT + ".experiment..");
  }

  @Test
  void file_andNode_importNothingOfOurs() {
    for (String part : new String[] {"file", "node"}) {
      noClasses()
          .that()
          .resideInAPackage(ROOT + "." + part)
          .should()
          .dependOnClassesThat(
              com.tngtech.archunit.base.DescribedPredicate.describe(
                  "are ours, of another package",
                  type ->
                      type.getPackageName().startsWith("io.otakey.")
                          && !type.getPackageName().equals(ROOT + "." + part)))
          .check(CLASSES);
    }
  }

  @Test
  void metric_knowsRunsOnly() {
    only(
        "metric", ROOT + ".device..", ROOT + ".report..", ROOT + ".experiment..", ROOT + ".node..");
  }

  @Test
  void platform_knowsConnectionsOnly() {
    only(
        "platform",
        ROOT + ".device..",
        ROOT + ".live..",
        ROOT + ".report..",
        ROOT + ".scenario..",
        ROOT + ".stats..",
        "io.otakey.protocol..");
  }

  @Test
  void network_knowsConnectionsOnly() {
    only(
        "network..",
        ROOT + ".baseline..",
        ROOT + ".device..",
        ROOT + ".live..",
        ROOT + ".platform..",
        ROOT + ".report..",
        ROOT + ".scenario..",
        ROOT + ".stats..",
        "io.otakey.protocol..");
  }

  @Test
  void baseline_knowsNoFleets_andItsWiresNoProtocol() {
    only(
        "baseline..",
        ROOT + ".live..",
        ROOT + ".platform..",
        ROOT + ".report..",
        ROOT + ".scenario..",
        ROOT + ".stats..");
    only("baseline", ROOT + ".baseline.scheme..", "io.otakey.protocol..");
    only(
        "baseline.wire",
        ROOT + ".baseline",
        ROOT + ".baseline.scheme..",
        ROOT + ".device..",
        "io.otakey.protocol..");
  }

  @Test
  void stats_knowsFramesOnly() {
    only(
        "stats",
        ROOT + ".scenario..",
        ROOT + ".device..",
        ROOT + ".link..",
        "io.netty..",
        "io.otakey.protocol.device..",
        "io.otakey.protocol.handshake..",
        "io.otakey.protocol.key..");
  }

  @Test
  void report_knowsResultsOnly() {
    only(
        "report",
        ROOT + ".experiment..",
        ROOT + ".node..",
        ROOT + ".scenario..",
        ROOT + ".device..",
        ROOT + ".link..",
        "io.netty..",
        "io.otakey.protocol..");
  }

  @Test
  void parts_knowNothingOfTheRoot_andHaveNoCycles() {
    noClasses()
        .that()
        .resideInAPackage(ROOT + ".*..")
        .should()
        .dependOnClassesThat()
        .resideInAPackage(ROOT)
        .check(CLASSES);
    slices().matching(ROOT + ".(*)..").should().beFreeOfCycles().check(CLASSES);
  }

  private static void only(String part, String... forbidden) {
    noClasses()
        .that()
        .resideInAPackage(ROOT + "." + part)
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage(forbidden)
        .orShould()
        .dependOnClassesThat()
        .resideInAPackage(ROOT)
        .check(CLASSES);
  }
}
