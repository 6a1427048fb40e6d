package io.otakey.gateway.vault;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonProcessingException;
import io.otakey.protocol.fuzz.FuzzTarget;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;

/** The vault's text, and shares of it. */
public final class VaultFuzz implements FuzzTarget.Suite {
  private final VaultContents contents = VaultContents.create().withNewRoot();
  private final List<String> shares = VaultShares.split(contents, 2, 3);

  @Override
  public List<FuzzTarget> targets() {
    return List.of(
        FuzzTarget.of("vault-file", FuzzTarget.texts(text()), VaultFuzz::vault),
        new FuzzTarget("vault-share", 4000, FuzzTarget.texts(shares.get(0)), this::share),
        FuzzTarget.of(
            "key-source", List.of(new byte[] {1, 0, 0, 0, 1}, new byte[33]), VaultFuzz::source));
  }

  private String text() {
    return format(contents);
  }

  private static String format(VaultContents contents) {
    try {
      return VaultFile.format(contents);
    } catch (JsonProcessingException e) {
      throw new AssertionError(e);
    }
  }

  private static void vault(byte[] bytes) {
    try {
      VaultContents read = VaultFile.parse(new String(bytes, StandardCharsets.UTF_8), "it");
      String written = format(read);
      assertThat(format(VaultFile.parse(written, "it"))).isEqualTo(written);
    } catch (VaultException e) {
      named(e);
    }
  }

  private void share(byte[] bytes) {
    String damaged = new String(bytes, StandardCharsets.UTF_8);
    try {
      VaultShares.combine(Map.of("one", damaged, "two", shares.get(1)));
    } catch (VaultException e) {
      named(e);
    }
    try {
      VaultShares.combine(Map.of("one", damaged));
    } catch (VaultException e) {
      named(e);
    }
  }

  /** It says what is wrong, and repeats no secret. */
  private static void named(VaultException refused) {
    assertThat(refused.getMessage()).isNotBlank().doesNotContainPattern("[0-9a-f]{32}");
    assertThat(refused.getCause()).isNull();
  }

  private static void source(byte[] bytes) {
    KeySource.of(bytes).ifPresent(source -> assertThat(bytes).startsWith(source.encode()));
  }
}
