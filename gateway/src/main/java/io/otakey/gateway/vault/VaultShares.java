package io.otakey.gateway.vault;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.otakey.protocol.crypto.AesGcm;
import io.otakey.protocol.crypto.Secret;
import io.otakey.protocol.crypto.SplitSecret;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.UUID;

/**
 * A backup of the vault in several hands: every share holds the whole vault, sealed under a key of
 * which it holds one part (Shamir). So many shares open it; fewer are worth nothing.
 */
public final class VaultShares {
  private static final String FORMAT = "otakey-vault-share/1";
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final HexFormat HEX = HexFormat.of();

  private VaultShares() {}

  /**
   * The vault in shares, each as JSON.
   *
   * @param threshold shares that open it, 2..{@code shares}
   * @param shares up to {@link SplitSecret#MAX_SHARES}
   */
  public static List<String> split(VaultContents contents, int threshold, int shares) {
    if (threshold < 2 || threshold > shares || shares > SplitSecret.MAX_SHARES) {
      throw new VaultException(
          "the threshold must be 2 to the number of shares, and those at most "
              + SplitSecret.MAX_SHARES);
    }
    try (SplitSecret key = SplitSecret.make(threshold, shares);
        Secret plain = Secret.adopt(VaultFile.format(contents).getBytes(StandardCharsets.UTF_8))) {
      UUID installation = contents.installationId();
      byte[] sealed = AesGcm.seal(key.secret(), name(installation, threshold), plain);
      List<String> documents = new ArrayList<>();
      for (Secret share : key.shares()) {
        ObjectNode document = JSON.createObjectNode();
        document.put("format", FORMAT);
        document.put("installationId", installation.toString());
        document.put("share", documents.size() + 1);
        document.put("shares", shares);
        document.put("threshold", threshold);
        document.put("key", HEX.formatHex(share.expose()));
        document.put("sealedVault", HEX.formatHex(sealed));
        documents.add(JSON.writerWithDefaultPrettyPrinter().writeValueAsString(document) + "\n");
      }
      return documents;
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("a vault cannot be written as JSON");
    }
  }

  /** One share, read. */
  private record Share(UUID installation, int number, int threshold, Secret key, byte[] sealed) {}

  /**
   * The vault again.
   *
   * @param documents shares of one export, by where they come from
   * @throws VaultException naming what is missing or does not fit
   */
  public static VaultContents combine(Map<String, String> documents) {
    Map<Integer, Secret> keys = new HashMap<>();
    List<Share> shares = new ArrayList<>();
    documents.forEach((where, json) -> shares.add(read(where, json)));
    if (shares.isEmpty()) {
      throw new VaultException("no share is given");
    }
    Share first = shares.get(0);
    for (Share share : shares) {
      if (!Arrays.equals(share.sealed(), first.sealed())) {
        throw new VaultException("the shares are not of one export: take those made together");
      }
      keys.put(share.number(), share.key());
    }
    if (keys.size() < first.threshold()) {
      throw new VaultException(
          first.threshold() + " different shares are needed, " + keys.size() + " given");
    }
    try (Secret key = SplitSecret.combine(keys)) {
      byte[] name = name(first.installation(), first.threshold());
      Secret plain =
          AesGcm.open(key, name, first.sealed())
              .orElseThrow(
                  () ->
                      new VaultException(
                          "the shares do not open the vault: one of them is damaged; leave out one"
                              + " after the other if there are more than enough"));
      try (plain) {
        String json = new String(plain.expose(), StandardCharsets.UTF_8);
        return VaultFile.parse(json, "the vault in the shares");
      }
    } finally {
      keys.values().forEach(Secret::wipe);
    }
  }

  private static Share read(String where, String json) {
    try {
      JsonNode document = JSON.readTree(json);
      if (!document.path("format").asText().equals(FORMAT)) {
        throw new VaultException(where + " is not a share of format " + FORMAT);
      }
      int number = document.path("share").asInt();
      Secret key = Secret.adopt(HEX.parseHex(document.path("key").asText()));
      if (number < 1 || number > SplitSecret.MAX_SHARES || key.expose().length != 32) {
        throw new IllegalArgumentException("not a share");
      }
      return new Share(
          UUID.fromString(document.path("installationId").asText()),
          number,
          document.path("threshold").asInt(),
          key,
          HEX.parseHex(document.path("sealedVault").asText()));
    } catch (JsonProcessingException | IllegalArgumentException e) {
      // Neither message nor cause goes on: both may quote the share.
      throw new VaultException(where + " is damaged: take another share");
    }
  }

  private static byte[] name(UUID installation, int threshold) {
    String name = FORMAT + " " + installation + " " + threshold;
    return name.getBytes(StandardCharsets.US_ASCII);
  }
}
