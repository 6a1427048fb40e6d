package io.otakey.protocol;

import static com.tngtech.archunit.base.DescribedPredicate.describe;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Who may import whom in this module. */
class ArchitectureTest {
  private static final String ROOT = "io.otakey.protocol.";

  /** Package to the packages of the module that it may use. */
  private static final Map<String, List<String>> ARROWS =
      Map.of(
          "wire", List.of(),
          "crypto", List.of(),
          "key", List.of("wire", "crypto"),
          "handshake", List.of("wire", "crypto", "key"),
          "device", List.of("wire", "crypto", "key", "handshake"));

  private static final JavaClasses ALL =
      new ClassFileImporter()
          .withImportOption(new ImportOption.DoNotIncludeTests())
          .importPackages("io.otakey.protocol");

  @Test
  void packages_importOnlyWhatTheirArrowsAllow() {
    for (Map.Entry<String, List<String>> arrow : ARROWS.entrySet()) {
      List<String> forbidden = new ArrayList<>(ARROWS.keySet());
      forbidden.remove(arrow.getKey());
      forbidden.removeAll(arrow.getValue());
      if (!forbidden.isEmpty()) {
        noClasses()
            .that()
            .resideInAPackage(ROOT + arrow.getKey())
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage(forbidden.stream().map(ROOT::concat).toArray(String[]::new))
            .check(ALL);
      }
    }
  }

  @Test
  void everyPackage_hasItsArrows() {
    noClasses()
        .should()
        .resideOutsideOfPackages(ARROWS.keySet().stream().map(ROOT::concat).toArray(String[]::new))
        .check(ALL);
  }

  @Test
  void cryptographicPrimitives_areNamedInCryptoOnly() {
    DescribedPredicate<JavaClass> primitive =
        describe(
            "cryptographic primitives",
            c ->
                !c.getFullName().equals("java.security.SecureRandom")
                    && (c.getPackageName().startsWith("javax.crypto")
                        || c.getPackageName().startsWith("java.security")
                        || c.getPackageName().startsWith("org.bouncycastle")
                        || c.getPackageName().startsWith("org.conscrypt")));
    noClasses()
        .that()
        .resideOutsideOfPackage(ROOT + "crypto")
        .should()
        .dependOnClassesThat(primitive)
        .check(ALL);
  }

  @Test
  void protocol_isPure() {
    noClasses()
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage(
            "io.vertx..",
            "io.netty..",
            "org.slf4j..",
            "java.util.logging..",
            "java.net..",
            "java.nio.channels..",
            "java.nio.file..",
            "java.time..",
            "java.util.concurrent..")
        .check(ALL);
  }

  @Test
  void packages_haveNoCycles() {
    slices().matching("io.otakey.protocol.(*)..").should().beFreeOfCycles().check(ALL);
  }
}
