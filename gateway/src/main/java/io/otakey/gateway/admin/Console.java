package io.otakey.gateway.admin;

import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The console: a page for operators, served as it lies on the class path. It is a client of the API
 * like any other and needs no token to be loaded, for it holds nothing. A file is found by its name
 * in a table, never by a path. Event loop only.
 */
final class Console {
  static final String PATH = "/console/";

  /** Every file there is, with its media type. */
  static final Map<String, String> FILES =
      Map.ofEntries(
          Map.entry("index.html", "text/html; charset=utf-8"),
          Map.entry("console.css", "text/css; charset=utf-8"),
          Map.entry("icon.svg", "image/svg+xml"),
          script("api.js"),
          script("campaign.js"),
          script("campaigns.js"),
          script("confirm.js"),
          script("device.js"),
          script("devices.js"),
          script("dom.js"),
          script("events.js"),
          script("fleet.js"),
          script("main.js"),
          script("platforms.js"),
          script("stream.js"),
          script("words.js"));

  private static final String POLICY =
      "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self';"
          + " img-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none';"
          + " require-trusted-types-for 'script'; trusted-types 'none'";
  private static final Set<HttpMethod> METHODS = Set.of(HttpMethod.GET, HttpMethod.HEAD);

  private final Gate gate;
  private final Map<String, File> files = new HashMap<>();

  private record File(Reply reply, String tag) {}

  /** Reads every file. */
  Console(Gate gate) {
    this.gate = gate;
    FILES.forEach((name, mediaType) -> files.put(name, file(read(name), mediaType)));
  }

  private static Map.Entry<String, String> script(String name) {
    return Map.entry(name, "text/javascript; charset=utf-8");
  }

  private static byte[] read(String name) {
    try (InputStream in = Console.class.getResourceAsStream("console/" + name)) {
      if (in == null) {
        throw new IllegalStateException("console/" + name + " is not on the class path");
      }
      return in.readAllBytes();
    } catch (IOException e) {
      throw new UncheckedIOException("console/" + name + " cannot be read", e);
    }
  }

  private static File file(byte[] bytes, String mediaType) {
    String tag = '"' + HexFormat.of().formatHex(ApiTokenText.sha256(bytes), 0, 16) + '"';
    return new File(hardened(Reply.of(200, mediaType, bytes), tag), tag);
  }

  private static Reply hardened(Reply reply, String tag) {
    return reply
        .header("Content-Security-Policy", POLICY)
        .header("Cross-Origin-Opener-Policy", "same-origin")
        .header("Cross-Origin-Resource-Policy", "same-origin")
        .header("Cache-Control", "no-cache") // kept, and asked about each time
        .header("ETag", tag);
  }

  void addTo(Router router) {
    router.route(PATH + "*").handler(this::answer);
  }

  private void answer(RoutingContext context) {
    HttpServerRequest request = context.request();
    if (!METHODS.contains(request.method())) {
      gate.answer(
          context,
          Problem.of(Problem.Kind.METHOD_NOT_ALLOWED, "use GET at this address")
              .header("Allow", "GET, HEAD")
              .reply());
      return;
    }
    gate.answer(context, reply(context.normalizedPath(), request.getHeader("If-None-Match")));
  }

  private Reply reply(String path, @Nullable String known) {
    if (path.length() < PATH.length()) {
      return Reply.empty(308).header("Location", PATH);
    }
    String name = path.equals(PATH) ? "index.html" : path.substring(PATH.length());
    File file = files.get(name);
    if (file == null) {
      return Problem.notFound("the console has no such file: see " + PATH).reply();
    }
    return file.tag().equals(known) ? hardened(Reply.empty(304), file.tag()) : file.reply();
  }
}
