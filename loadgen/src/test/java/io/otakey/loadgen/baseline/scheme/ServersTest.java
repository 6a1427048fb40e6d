package io.otakey.loadgen.baseline.scheme;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.handler.codec.http.DefaultHttpHeaders;
import io.otakey.loadgen.baseline.wire.Authority;
import io.otakey.loadgen.baseline.wire.HttpHandler;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.security.KeyPair;
import java.time.Instant;
import java.util.Base64;
import java.util.HexFormat;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.pkcs.jcajce.JcaPKCS10CertificationRequestBuilder;
import org.junit.jupiter.api.Test;

/** What the servers of the schemes refuse, and what their proofs are made of. */
class ServersTest {
  private static final String ID = "0123456789abcdef";

  @Test
  void est_refusesAWrongPassword_anotherName_andAKeyThatIsNotHeld() throws Exception {
    EstServer server = new EstServer(new Authority("CA"), "secret");
    KeyPair keys = Authority.newKeys();
    byte[] good = request(ID, keys, keys);
    assertThat(enroll(server, ID, "secret", good)).isEqualTo(200);
    assertThat(enroll(server, ID, "wrong", good)).isEqualTo(401);
    assertThat(enroll(server, "another", "secret", good)).isEqualTo(401);
    assertThat(enroll(server, ID, "secret", request(ID, keys, Authority.newKeys()))).isEqualTo(400);
    assertThat(enroll(server, ID, "secret", "no request".getBytes(StandardCharsets.US_ASCII)))
        .isEqualTo(400);
    assertThat(server.issued(ID)).isEqualTo(1);
  }

  private static byte[] request(String id, KeyPair named, KeyPair signer) throws Exception {
    byte[] der =
        new JcaPKCS10CertificationRequestBuilder(new X500Name("CN=" + id), named.getPublic())
            .build(Authority.signer(signer.getPrivate()))
            .getEncoded();
    return Base64.getMimeEncoder().encode(der);
  }

  private static int enroll(EstServer server, String user, String password, byte[] body) {
    var headers = new DefaultHttpHeaders().set("Authorization", EstServer.basic(user, password));
    return server
        .answer(new HttpHandler.Request("POST", EstServer.SIMPLE_ENROLL, headers, body))
        .status();
  }

  @Test
  void sasToken_isWhatAzureDescribes() throws Exception {
    byte[] key = Secrets.bytes();
    String resource = DpsServer.registrationResource(ID);
    String token = SasToken.make(key, resource, "registration");
    String sr = "0ne00A1B2C3%2Fregistrations%2F" + ID;
    String expiry = token.replaceAll(".*&se=(\\d+).*", "$1");
    Mac mac = Mac.getInstance("HmacSHA256");
    mac.init(new SecretKeySpec(key, "HmacSHA256"));
    String signature =
        Base64.getEncoder()
            .encodeToString(mac.doFinal((sr + "\n" + expiry).getBytes(StandardCharsets.UTF_8)));
    assertThat(token)
        .isEqualTo(
            "SharedAccessSignature sr="
                + sr
                + "&sig="
                + URLEncoder.encode(signature, StandardCharsets.UTF_8)
                + "&se="
                + expiry
                + "&skn=registration");
    assertThat(Long.parseLong(expiry)).isGreaterThan(Instant.now().getEpochSecond());
  }

  @Test
  void sasToken_ofAnotherKeyResourceOrTime_doesNotHold() {
    byte[] key = Secrets.bytes();
    String token = SasToken.make(key, "hub/devices/a", "");
    assertThat(SasToken.holds(token, key, "hub/devices/a")).isTrue();
    assertThat(SasToken.holds(token, Secrets.bytes(), "hub/devices/a")).isFalse();
    assertThat(SasToken.holds(token, key, "hub/devices/b")).isFalse();
    assertThat(SasToken.holds(token.replaceAll("&se=\\d+", "&se=9999999999"), key, "hub/devices/a"))
        .isFalse();
    String expired = SasToken.make(key, "hub/devices/a", "", Instant.now().getEpochSecond() - 1);
    assertThat(SasToken.holds(expired, key, "hub/devices/a")).isFalse();
    assertThat(SasToken.holds("nothing", key, "hub/devices/a")).isFalse();
  }

  @Test
  void image_thatWasTamperedWith_givesNoKey() throws Exception {
    FirmwareImage image = new FirmwareImage(256 * 1024);
    KeyPair signer = Authority.newKeys();
    byte[] key = Secrets.bytes();
    for (boolean whole : new boolean[] {true, false}) {
      byte[] download = image.pack(key, whole, signer.getPrivate());
      assertThat(FirmwareImage.unpack(download, image.factory(), signer.getPublic()))
          .hasValueSatisfying(found -> assertThat(found).isEqualTo(key));
      download[download.length - 1] ^= 1;
      assertThat(FirmwareImage.unpack(download, image.factory(), signer.getPublic())).isEmpty();
    }
  }

  @Test
  void firmware_isGivenToTheBatchOnly() {
    FirmwareServer server = new FirmwareServer(new FirmwareImage(256 * 1024), false, new byte[32]);
    String proof = FirmwareServer.proof(new byte[32], ID);
    assertThat(HexFormat.of().parseHex(proof)).hasSize(32);
    assertThat(download(server, ID, proof)).isEqualTo(200);
    assertThat(download(server, "another", proof)).isEqualTo(401);
    assertThat(download(server, ID, FirmwareServer.proof(Secrets.bytes(), ID))).isEqualTo(401);
  }

  private static int download(FirmwareServer server, String id, String proof) {
    var headers = new DefaultHttpHeaders().set("Authorization", proof);
    return server
        .answer(new HttpHandler.Request("GET", FirmwareServer.PATH + id, headers, new byte[0]))
        .status();
  }
}
