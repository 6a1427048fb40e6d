package io.otakey.gateway.admin;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** How the console is served; what it does is tested in a browser, with the dashboards. */
@ExtendWith(AdminBed.Extension.class)
class ConsoleTest {
  private static final Path SOURCES = Path.of("src/main/resources/io/otakey/gateway/admin/console");
  private static final HttpClient HTTP =
      HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
  private static final Pattern IMPORT = Pattern.compile("from '\\./([^']*)'");

  private static HttpResponse<String> send(
      AdminBed bed, String method, String path, String... headers) {
    HttpRequest.Builder request =
        HttpRequest.newBuilder(URI.create(bed.url() + path))
            .method(method, HttpRequest.BodyPublishers.noBody());
    if (headers.length > 0) {
      request.headers(headers);
    }
    try {
      return HTTP.send(request.build(), HttpResponse.BodyHandlers.ofString());
    } catch (IOException | InterruptedException e) {
      throw new AssertionError(method + " " + path, e);
    }
  }

  private static String header(HttpResponse<?> answer, String name) {
    return answer.headers().firstValue(name).orElse("");
  }

  @Test
  void everyFile_isServedHardenedToAnybody(AdminBed bed) throws IOException {
    for (Map.Entry<String, String> file : Console.FILES.entrySet()) {
      String name = file.getKey();
      HttpResponse<String> answer = send(bed, "GET", Console.PATH + name);
      assertThat(answer.statusCode()).as(name).isEqualTo(200);
      assertThat(answer.body()).as(name).isEqualTo(Files.readString(SOURCES.resolve(name)));
      assertThat(header(answer, "Content-Type")).as(name).isEqualTo(file.getValue());
      assertThat(header(answer, "Content-Security-Policy").split("; ", -1))
          .as(name)
          .containsExactly(
              "default-src 'none'",
              "script-src 'self'",
              "style-src 'self'",
              "connect-src 'self'",
              "img-src 'self'",
              "base-uri 'none'",
              "form-action 'none'",
              "frame-ancestors 'none'",
              "require-trusted-types-for 'script'",
              "trusted-types 'none'");
      assertThat(header(answer, "X-Content-Type-Options")).isEqualTo("nosniff");
      assertThat(header(answer, "X-Frame-Options")).isEqualTo("DENY");
      assertThat(header(answer, "Referrer-Policy")).isEqualTo("no-referrer");
      assertThat(header(answer, "Cross-Origin-Opener-Policy")).isEqualTo("same-origin");
      assertThat(header(answer, "Cross-Origin-Resource-Policy")).isEqualTo("same-origin");
      assertThat(header(answer, "Cache-Control")).isEqualTo("no-cache");
      assertThat(header(answer, "Set-Cookie")).as("no cookie, so nothing to forge").isEmpty();
    }
  }

  /** What is in the folder, what is in the table and what scripts import is the same. */
  @Test
  void table_hasWhatThereIs() throws IOException {
    List<String> imported = new ArrayList<>(List.of("index.html", "console.css", "icon.svg"));
    imported.add("main.js");
    try (Stream<Path> files = Files.list(SOURCES)) {
      for (Path file : files.toList()) {
        IMPORT.matcher(Files.readString(file)).results().forEach(m -> imported.add(m.group(1)));
      }
    }
    try (Stream<Path> files = Files.list(SOURCES)) {
      assertThat(files.map(file -> file.getFileName().toString()))
          .containsExactlyInAnyOrderElementsOf(Console.FILES.keySet());
    }
    assertThat(imported).containsAll(Console.FILES.keySet());
    assertThat(Console.FILES.keySet()).containsAll(imported);
  }

  @Test
  void page_hasNothingInlineAndNothingOfOthers() throws IOException {
    String page = Files.readString(SOURCES.resolve("index.html"));
    assertThat(page)
        .doesNotContainPattern("<script(?![^>]* src=)")
        .doesNotContainPattern("<style|\\sstyle=|\\son[a-z]+=");
    for (String name : Console.FILES.keySet()) {
      String text = Files.readString(SOURCES.resolve(name)).replace("http://www.w3.org/2000", "");
      assertThat(text).as(name).doesNotContain("innerHTML", "eval(", "document.cookie");
      assertThat(text).as(name).doesNotContainPattern("['\"(]\\s*(https?:)?//[a-z]");
    }
  }

  @Test
  void addressWithoutFile_isThePage(AdminBed bed) {
    HttpResponse<String> page = send(bed, "GET", "/console/");
    assertThat(page.body()).contains("<!doctype html>").contains("src=\"main.js\"");
    HttpResponse<String> bare = send(bed, "GET", "/console");
    assertThat(bare.statusCode()).isEqualTo(308);
    assertThat(header(bare, "Location")).isEqualTo("/console/");
    assertThat(send(bed, "GET", "/").body()).contains("href=\"/console/\"");
  }

  @Test
  void fileThatIsKnown_isNotSentAgain(AdminBed bed) {
    HttpResponse<String> first = send(bed, "GET", "/console/main.js");
    String tag = header(first, "ETag");
    assertThat(tag).matches("\"[0-9a-f]{32}\"");
    HttpResponse<String> again = send(bed, "GET", "/console/main.js", "If-None-Match", tag);
    assertThat(again.statusCode()).isEqualTo(304);
    assertThat(again.body()).isEmpty();
    assertThat(header(again, "ETag")).isEqualTo(tag);
    assertThat(header(send(bed, "GET", "/console/dom.js"), "ETag")).isNotEqualTo(tag);
    HttpResponse<String> other = send(bed, "GET", "/console/main.js", "If-None-Match", "\"x\"");
    assertThat(other.statusCode()).isEqualTo(200);
  }

  @Test
  void head_hasHeadersAndNoBody(AdminBed bed) {
    HttpResponse<String> answer = send(bed, "HEAD", "/console/console.css");
    assertThat(answer.statusCode()).isEqualTo(200);
    assertThat(answer.body()).isEmpty();
    assertThat(header(answer, "ETag")).isNotEmpty();
  }

  @Test
  void otherMethods_areNotAllowed(AdminBed bed) {
    for (String method : List.of("POST", "PUT", "DELETE", "OPTIONS")) {
      HttpResponse<String> answer = send(bed, method, "/console/index.html");
      assertThat(answer.statusCode()).as(method).isEqualTo(405);
      assertThat(header(answer, "Allow")).as(method).isEqualTo("GET, HEAD");
      assertThat(header(answer, "Content-Type")).as(method).isEqualTo(Problem.MEDIA_TYPE);
    }
  }

  @Test
  void nothingElse_isReached(AdminBed bed) {
    for (String path :
        List.of(
            "no-such-file.js",
            "..%2fopenapi.yaml",
            "%2e%2e%2f%2e%2e%2f%2e%2e%2f%2e%2e%2f%2e%2e%2flogback.xml",
            "..%5c..%5clogback.xml",
            "x/../../../../../../etc/passwd",
            "%2e%2e/%2e%2e/%2e%2e/etc/passwd",
            "/etc/passwd",
            "index.html%00",
            "index.html/",
            "console/index.html")) {
      HttpResponse<String> answer = send(bed, "GET", Console.PATH + path);
      assertThat(answer.statusCode()).as(path).isEqualTo(404);
      assertThat(header(answer, "Content-Type")).as(path).isEqualTo(Problem.MEDIA_TYPE);
      assertThat(answer.body().getBytes(StandardCharsets.UTF_8)).as(path).hasSizeLessThan(500);
    }
  }
}
