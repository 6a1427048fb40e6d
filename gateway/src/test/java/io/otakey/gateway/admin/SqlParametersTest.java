package io.otakey.gateway.admin;

import static org.assertj.core.api.Assertions.assertThat;

import io.otakey.gateway.admin.Contract.Operation;
import io.otakey.gateway.registry.Observation;
import io.otakey.protocol.wire.DeviceRef;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * No value that comes from outside becomes a part of a statement: the server writes down every
 * statement without its parameters, while operators and devices say a word that is in none.
 */
@ExtendWith(AdminBed.Extension.class)
class SqlParametersTest {
  private static final String WORD = "zq7x";
  private static final String QUOTED = WORD + "'\\\" $1;--";
  private static final String JSON_QUOTED = QUOTED.replace("\\", "\\\\").replace("\"", "\\\"");
  private static final String ENCODED = WORD + "%27%5C%22%20%241%3B--";

  /** A statement in the server's log, which goes on in lines that begin with a tab. */
  private static final Pattern STATEMENT =
      Pattern.compile("(?:execute [^:\n]*|statement): ([^\n]*(?:\n\t[^\n]*)*)");

  @Test
  void noStatement_hasAWordFromOutside(AdminBed bed) {
    List<String> said =
        statements(
            bed,
            () -> {
              operatorsSayIt(bed);
              devicesSayIt(bed);
              everyFilterSaysIt(bed);
            });
    assertThat(new TreeSet<>(said)).as("different statements").hasSizeGreaterThan(60);
    assertThat(said).filteredOn(statement -> statement.contains(WORD)).isEmpty();
  }

  /** What the test above looks for is found when it is there. */
  @Test
  void aStatementWithTheWord_isSeen(AdminBed bed) {
    assertThat(statements(bed, () -> bed.tamper("select 'a',\n'" + WORD + "'")))
        .filteredOn(statement -> statement.contains(WORD))
        .hasSize(1);
  }

  private static void operatorsSayIt(AdminBed bed) {
    ApiClient admin = bed.admin();
    String product = WORD + "-p";
    String at = "/products/" + product;
    admin.post("/products", json("{'id':'%s','name':'%s'}", product, JSON_QUOTED)).expect(201);
    admin.put(at, json("{'version':1,'name':'%s','policy':{'quota':9}}", JSON_QUOTED)).expect(200);
    admin.post(at + "/keys", "{}").expect(201);
    admin.send("POST", at + "/devices", "text/csv", WORD + "-1\n" + WORD + "-2\n").expect(200);
    String label = json("{'deviceIds':['%s-1'],'set':{'%s':'%s'}}", WORD, WORD, WORD);
    admin.post(at + "/labels", label).expect(200);
    admin.act(at + "/devices/" + WORD + "-1/block").expect(200);
    admin
        .post(
            "/connections",
            json("{'platformId':'%s','scheme':'mqtts','host':'%s.example','port':1}", WORD, WORD))
        .expect(201);
    admin
        .put("/platforms/" + WORD, json("{'kind':'simulated','settings':{'at':'%s'}}", WORD))
        .expect(200);
    admin.delete("/platforms/" + WORD).expect(204);
    String url = "https://" + WORD + ".example/" + WORD;
    String hook = json("{'url':'%s','products':['%s']}", url, product);
    admin.put("/webhooks/" + WORD, hook).expect(201);
    admin.delete("/webhooks/" + WORD).expect(204);
    String token = json("{'name':'%s','role':'viewer','products':['%s']}", WORD, product);
    String id = admin.post("/tokens", token).expect(201).json().at("/stored/id").asText();
    admin.delete("/tokens/" + id).expect(204);
    new ApiClient(bed.url(), WORD).get("/products").expect(401);
    String order =
        json(
            "{'name':'%s','goal':'rotate','target':{'products':['%s'],'idPrefix':'%s',"
                + "'firmware':'%s','deviceIds':['%s-1']}}",
            JSON_QUOTED, product, WORD, JSON_QUOTED, WORD);
    admin.post("/campaigns/forecast", order).expect(200);
    admin.post("/campaigns", order).expect(201);
    admin.post(at + "/awaiting/approve", json("{'deviceIds':['%s-1']}", WORD)).expect(200);
  }

  private static void devicesSayIt(AdminBed bed) {
    String product = bed.product();
    DeviceRef ref = bed.active(product, WORD + "-device");
    Observation seen = new Observation(Optional.of(QUOTED), OptionalLong.of(7));
    bed.registry().devices().observe(ref, seen);
    String path = "/products/" + product + "/devices/" + WORD + "-device";
    bed.until(() -> bed.admin().get(path).text().contains("firmware\":\"" + JSON_QUOTED + "\""));
  }

  /** Each parameter of each list, whether it takes the word or not. */
  private static void everyFilterSaysIt(AdminBed bed) {
    for (Operation operation : ApiClient.CONTRACT.operations()) {
      if (operation.method().name().equals("GET")) {
        String path = operation.path().replaceAll("\\{\\w+}", WORD);
        Stream.concat(
                Stream.of(path),
                operation.query().stream()
                    .flatMap(name -> Stream.of(name + "=" + WORD, name + "=" + ENCODED))
                    .map(query -> path + "?" + query))
            .forEach(
                asked -> assertThat(bed.admin().get(asked).status()).as(asked).isLessThan(500));
      }
    }
  }

  /** What the server was asked for while an action runs. */
  private static List<String> statements(AdminBed bed, Runnable action) {
    String begin = "select 'begin " + System.nanoTime() + "'";
    String end = "select 'end " + System.nanoTime() + "'";
    String[] text = new String[1];
    bed.alterServer("log_parameter_max_length", "0");
    bed.alterServer("log_statement", "'all'");
    try {
      bed.tamper(begin);
      action.run();
      bed.tamper(end);
      bed.until(
          () -> {
            text[0] = log(bed);
            return text[0].contains(end);
          });
    } finally {
      bed.alterServer("log_statement", "default");
      bed.alterServer("log_parameter_max_length", "default");
    }
    String between = text[0].substring(text[0].indexOf(begin), text[0].lastIndexOf(end));
    Matcher matcher = STATEMENT.matcher(between.substring(between.indexOf('\n')));
    return matcher.results().map(result -> result.group(1)).collect(Collectors.toList());
  }

  private static String log(AdminBed bed) {
    try (Stream<Path> files = Files.list(bed.serverLog())) {
      StringBuilder text = new StringBuilder();
      for (Path file : files.sorted().toList()) {
        text.append(Files.readString(file, StandardCharsets.UTF_8));
      }
      return text.toString();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static String json(String form, Object... values) {
    return form.replace('\'', '"').formatted(values);
  }
}
