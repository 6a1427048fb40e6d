package io.otakey.gateway.admin;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.otakey.gateway.registry.Role;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith(AdminBed.Extension.class)
class BundleTest {
  private static final String KEY = "00112233445566778899aabbccddeeff".repeat(2);
  private static final HexFormat HEX = HexFormat.of();

  @Test
  void json_hasTheFixedFormat(AdminBed bed) {
    String product = importedProduct(bed);
    ApiClient.Answer answer = bed.admin().get("/products/" + product + "/bundle").expect(200);
    String gatewayKey = HEX.formatHex(bed.vault().gatewayKeys().get(0).publicKey());
    assertThat(answer.text())
        .isEqualTo(
            "{\"format\":\"otakey-bundle/1\",\"productId\":\""
                + product
                + "\",\"productKeyVersion\":2,\"productKey\":\""
                + KEY
                + "\",\"gatewayKeys\":[{\"id\":1,\"publicKey\":\""
                + gatewayKey
                + "\"}],\"gatewayAddresses\":[\"127.0.0.1\"]}");
    assertThat(answer.header("Cache-Control")).hasValue("no-store");
    assertThat(answer.header("Content-Disposition").orElseThrow()).contains(product + "-2.json");
  }

  @Test
  void derivedKey_isTheVaultsOwn(AdminBed bed) {
    String product = bed.product();
    JsonNode bundle = bed.admin().get("/products/" + product + "/bundle").expect(200).json();
    byte[] expected =
        bed.vault().productKey(product, 1, bed.vault().newSource()).orElseThrow().secret().expose();
    assertThat(bundle.path("productKey").asText()).isEqualTo(HEX.formatHex(expected));
  }

  @Test
  void header_readsBackAsTheSameBundle(AdminBed bed) {
    String product = importedProduct(bed);
    String query = "?gatewayAddress=gw.example.com&gatewayAddress=10.0.0.7";
    JsonNode json = bed.admin().get("/products/" + product + "/bundle" + query).json();
    String header =
        bed.admin().get("/products/" + product + "/bundle" + query + "&format=c").text();
    assertThat(define(header, "OTAKEY_PRODUCT_ID")).isEqualTo('"' + product + '"');
    assertThat(define(header, "OTAKEY_PRODUCT_KEY_VERSION")).isEqualTo("2");
    assertThat(define(header, "OTAKEY_GATEWAY_KEY_COUNT")).isEqualTo("1");
    assertThat(define(header, "OTAKEY_GATEWAY_ADDRESS_COUNT")).isEqualTo("2");
    assertThat(bytes(header, "otakey_product_key")).isEqualTo(KEY);
    assertThat(bytes(header, "otakey_gateway_keys"))
        .isEqualTo(json.path("gatewayKeys").path(0).path("publicKey").asText());
    assertThat(header).contains("\"gw.example.com\",\n    \"10.0.0.7\"};");
  }

  @Test
  void hexPage_readsBackAsTheSameBundle(AdminBed bed) throws Exception {
    String product = importedProduct(bed);
    String query = "?format=hex&gatewayAddress=gw.example.com&gatewayAddress=10.0.0.7";
    String hex = bed.admin().get("/products/" + product + "/bundle" + query).expect(200).text();
    byte[] page = page(hex, 0x7F000);
    ByteBuffer fields = ByteBuffer.wrap(page).order(ByteOrder.LITTLE_ENDIAN);
    assertThat(text(page, 0, 4)).isEqualTo("OTKB");
    assertThat(page[4]).isEqualTo((byte) 1);
    assertThat(text(page, 16, page[5])).isEqualTo(product);
    assertThat(page[6]).isEqualTo((byte) 2);
    assertThat(page[7]).isEqualTo((byte) 1);
    assertThat(fields.getInt(8)).isEqualTo(0x7F000);
    assertThat(text(page, 212, page[12])).isEqualTo("gw.example.com");
    assertThat(text(page, 276, page[13])).isEqualTo("10.0.0.7");
    assertThat(HEX.formatHex(page, 48, 80)).isEqualTo(KEY);
    assertThat(page[80]).isEqualTo((byte) 1);
    assertThat(Arrays.copyOfRange(page, 84, 116))
        .isEqualTo(bed.vault().gatewayKeys().get(0).publicKey());
    byte[] digest =
        MessageDigest.getInstance("SHA-256").digest(Arrays.copyOf(page, page.length - 8));
    assertThat(Arrays.copyOfRange(page, page.length - 8, page.length))
        .isEqualTo(Arrays.copyOf(digest, 8));
    assertThat(page).hasSize(348);
  }

  @Test
  void hexPage_goesWhereItIsTold(AdminBed bed) {
    String path = "/products/" + bed.product() + "/bundle?format=hex&pageAddress=";
    byte[] high = page(bed.admin().get(path + "0x000FF000").expect(200).text(), 0xFF000);
    assertThat(ByteBuffer.wrap(high).order(ByteOrder.LITTLE_ENDIAN).getInt(8)).isEqualTo(0xFF000);
    page(bed.admin().get(path + "4096").expect(200).text(), 4096);
    page(bed.admin().get(path + "0xFFFFF000").expect(200).text(), 0xFFFFF000L);
    for (String wrong : new String[] {"0x7F001", "-4096", "0x100000000", "here"}) {
      assertThat(bed.admin().get(path + wrong).problem(400)).contains("4096");
    }
  }

  @Test
  void choice_ofVersionAndAddresses(AdminBed bed) {
    String path = "/products/" + importedProduct(bed) + "/bundle";
    assertThat(version(bed, path)).isEqualTo(2);
    assertThat(version(bed, path + "?keyVersion=1")).isEqualTo(1);
    bed.admin().put(path.replace("bundle", "keys/2"), "{\"retired\":true}").expect(200);
    assertThat(version(bed, path)).isEqualTo(1);
    bed.admin().put(path.replace("bundle", "keys/1"), "{\"retired\":true}").expect(200);
    assertThat(bed.admin().get(path).problem(409)).contains("add one");
    assertThat(bed.admin().get(path + "?keyVersion=9").problem(409)).contains("add one");
    assertThat(bed.admin().get(path + "?gatewayAddress=" + "a".repeat(65)).problem(400))
        .contains("64");
    assertThat(bed.admin().get(path + "?gatewayAddress=a%22b").problem(400)).contains("DNS");
    String three = "?gatewayAddress=a&gatewayAddress=b&gatewayAddress=c";
    bed.admin().get(path + three).expect(400);
    bed.admin().get("/products/absent/bundle").expect(404);
  }

  @Test
  void everyBundle_isAuditedAndForAdminsOnly(AdminBed bed) {
    String product = bed.product();
    bed.client(Role.OPERATOR, Set.of()).get("/products/" + product + "/bundle").expect(403);
    ApiClient admin = bed.client(Role.ADMIN, Set.of(product));
    admin.get("/products/" + product + "/bundle?format=hex").expect(200);
    JsonNode entry = bed.admin().get("/audit?product=" + product).json().path("entries").path(0);
    assertThat(entry.path("action").asText()).isEqualTo("bundle.get");
    assertThat(entry.path("actor").asText()).isEqualTo(admin.name());
    assertThat(entry.path("address").asText()).isEqualTo("127.0.0.1");
    assertThat(entry.path("detail").asText()).isEqualTo("key version 1 as hex");
  }

  private static String importedProduct(AdminBed bed) {
    String product = bed.product();
    bed.admin().post("/products/" + product + "/keys", "{\"key\":\"" + KEY + "\"}").expect(201);
    return product;
  }

  private static int version(AdminBed bed, String path) {
    return bed.admin().get(path).expect(200).json().path("productKeyVersion").asInt();
  }

  private static String define(String header, String name) {
    Matcher matcher = Pattern.compile("#define " + name + " (.*)").matcher(header);
    assertThat(matcher.find()).as(name).isTrue();
    return matcher.group(1);
  }

  private static String bytes(String header, String name) {
    Matcher matcher = Pattern.compile(name + "\\[[^=]*= \\{([^;]*)};").matcher(header);
    assertThat(matcher.find()).as(name).isTrue();
    return matcher.group(1).replaceAll("0x|[^0-9a-f]", "");
  }

  private static String text(byte[] page, int from, int length) {
    return new String(page, from, length, StandardCharsets.US_ASCII);
  }

  /** Reads Intel HEX as a programmer does. */
  private static byte[] page(String hex, long expectedAddress) {
    Map<Long, byte[]> blocks = new TreeMap<>();
    long upper = 0;
    boolean ended = false;
    for (String line : hex.lines().toList()) {
      assertThat(ended).isFalse();
      assertThat(line).startsWith(":");
      byte[] record = HEX.parseHex(line.substring(1));
      int sum = 0;
      for (byte b : record) {
        sum += b;
      }
      assertThat(sum & 0xff).as(line).isZero();
      assertThat(record.length).isEqualTo((record[0] & 0xff) + 5);
      byte[] data = Arrays.copyOfRange(record, 4, record.length - 1);
      switch (record[3]) {
        case 0 -> blocks.put(upper + (ByteBuffer.wrap(record).getShort(1) & 0xffff), data);
        case 1 -> ended = true;
        case 4 -> upper = (ByteBuffer.wrap(data).getShort() & 0xffffL) << 16;
        default -> throw new AssertionError(line);
      }
    }
    assertThat(ended).isTrue();
    long next = expectedAddress;
    ByteBuffer whole = ByteBuffer.allocate(blocks.values().stream().mapToInt(b -> b.length).sum());
    for (Map.Entry<Long, byte[]> block : blocks.entrySet()) {
      assertThat(block.getKey()).isEqualTo(next);
      whole.put(block.getValue());
      next += block.getValue().length;
    }
    return whole.array();
  }
}
