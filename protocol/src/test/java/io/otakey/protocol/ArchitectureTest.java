package io.otakey.protocol;

import static com.tngtech.archunit.base.DescribedPredicate.describe;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
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

  /** Whoever times it learns nothing of a guard or mac; the others compare what is no secret. */
  @Test
  void proofs_areComparedInConstantTime() {
    assertThat(Comparisons.thatEndEarly(ALL))
        .containsExactlyInAnyOrder(
            "X25519", "Token", "CborReader", "RecordCodec", "Update"); // a self-test, public bytes
    assertThat(Comparisons.inConstantTime(ALL.get(ROOT + "key.FrameKey"), "authenticates"))
        .as("of a request and of an answer")
        .isEqualTo(2);
    assertThat(ALL.get(ROOT + "crypto.Secret").getMethod("equal", byte[].class, byte[].class))
        .matches(
            method ->
                method.getMethodCallsFromSelf().stream()
                    .anyMatch(call -> call.getTarget().getName().equals("isEqual")));
  }

  /** The same of the device in C: memcmp is for checksums, self-tests and what is public. */
  @Test
  void firmware_comparesProofsInConstantTime() throws IOException {
    Path sources = Path.of(System.getProperty("otakey.root"), "firmware-nrf52", "src");
    try (Stream<Path> all = Files.walk(sources)) {
      assertThat(all.filter(ArchitectureTest::comparesEarly).map(sources::relativize))
          .extracting(Path::toString)
          .containsExactlyInAnyOrder(
              "bundle/bundle.c",
              "core/cbor.c",
              "core/client_delivery.c",
              "core/client_verdict.c",
              "crypto/selftest.c",
              "link/link.c",
              "modem/modem.c",
              "platform/platform.c",
              "port/fleet/report.c",
              "port/nrf5x/memory.c",
              "store/record.c");
    }
    assertThat(Files.readString(sources.resolve("core/keys.c"))).contains("otakey_equal(");
  }

  private static boolean comparesEarly(Path file) {
    try {
      return file.toString().endsWith(".c") && Files.readString(file).contains("memcmp(");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
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
