package io.otakey.gateway.platform.rest;

import io.vertx.core.http.HttpMethod;
import io.vertx.core.json.DecodeException;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;

/**
 * Requests, in order, for what a connector has to do.
 *
 * @param rollback for grants that came to nothing; those of retire unless it has its own
 * @param notices to tell a device that something waits; empty: nobody can be told
 * @param check one that changes nothing, if the platform has such
 */
record Template(
    List<Request> prepare,
    List<Request> retire,
    List<Request> rollback,
    List<Request> notices,
    Optional<Request> check) {
  private static final Set<String> OPERATIONS =
      Set.of("headers", "prepare", "retire", "rollback", "notify", "check");
  private static final Set<String> MEMBERS =
      Set.of("method", "path", "headers", "body", "done", "last", "take");
  private static final Set<HttpMethod> METHODS =
      Set.of(HttpMethod.GET, HttpMethod.POST, HttpMethod.PUT, HttpMethod.PATCH, HttpMethod.DELETE);
  private static final Set<String> SECRETS =
      Set.of("secret", "secretBase64", "password", "apiKey", "basic");
  private static final Set<String> OF_DEVICE =
      Set.of(
          "loginName",
          "secret",
          "secretBase64",
          "productId",
          "deviceId",
          "clientId",
          "branch",
          "token");
  private static final Set<String> OF_PLATFORM =
      Set.of("user", "password", "basic", "apiKey", "tenant");

  /**
   * One request.
   *
   * @param done statuses beside 2xx that say that there was nothing to do
   * @param last statuses that say that all is done: what follows is left out
   * @param take names for values of the answer, by JSON pointer (RFC 6901), for what follows
   */
  record Request(
      HttpMethod method,
      String path,
      Map<String, String> headers,
      Optional<Object> body,
      Set<Integer> done,
      Set<Integer> last,
      Map<String, String> take) {
    /** As the template has it, so without values. */
    @Override
    public String toString() {
      return method + " " + path;
    }
  }

  /** A template, or a sentence for each fault of the text. */
  static Optional<Template> parse(String text, Set<String> given, List<String> problems) {
    int before = problems.size();
    try {
      JsonObject json = new JsonObject(text);
      Parser parser = new Parser(headers(json, problems), given, problems);
      json.fieldNames().stream()
          .filter(name -> !OPERATIONS.contains(name))
          .forEach(name -> problems.add("template: " + name + " is not one of " + OPERATIONS));
      List<Request> prepare = parser.requests(json, "prepare", true);
      List<Request> retire = parser.requests(json, "retire", false);
      List<Request> rollback =
          json.containsKey("rollback") ? parser.requests(json, "rollback", false) : retire;
      List<Request> notices = parser.requests(json, "notify", false);
      Optional<Request> check =
          json.containsKey("check")
              ? Optional.of(parser.request(json.getJsonObject("check"), "check", OF_PLATFORM))
              : Optional.empty();
      if (prepare.isEmpty() || retire.isEmpty()) {
        problems.add("template: prepare and retire need at least one request each");
      }
      return problems.size() > before
          ? Optional.empty()
          : Optional.of(new Template(prepare, retire, rollback, notices, check));
    } catch (DecodeException | ClassCastException | NullPointerException e) {
      problems.add("template is not of the form that docs/operations.md describes");
      return Optional.empty();
    }
  }

  private static Map<String, String> headers(JsonObject of, List<String> problems) {
    Map<String, String> headers = new TreeMap<>(String.CASE_INSENSITIVE_ORDER);
    JsonObject json = of.getJsonObject("headers", new JsonObject());
    for (String name : json.fieldNames()) {
      String value = json.getString(name);
      if (!name.matches("[A-Za-z0-9-]+") || !value.matches("[ -~]*")) {
        problems.add("template: header " + name + " has characters that no header has");
      }
      headers.put(name, value);
    }
    return headers;
  }

  /** Looks at each request with what all have in common. */
  private record Parser(Map<String, String> common, Set<String> given, List<String> problems) {
    List<Request> requests(JsonObject json, String operation, boolean secret) {
      Set<String> known = new HashSet<>(OF_DEVICE);
      known.addAll(OF_PLATFORM);
      if (!secret) {
        known.removeAll(Set.of("secret", "secretBase64")); // nobody has it when a login goes
      }
      JsonArray array = json.getJsonArray(operation, new JsonArray());
      List<Request> requests = new ArrayList<>();
      for (int i = 0; i < array.size(); i++) {
        Request request = request(array.getJsonObject(i), operation + "[" + i + "]", known);
        known.addAll(request.take().keySet());
        requests.add(request);
      }
      return List.copyOf(requests);
    }

    Request request(JsonObject json, String where, Set<String> known) {
      Optional<HttpMethod> method = method(json.getString("method"));
      String path = json.getString("path");
      Map<String, String> headers = new TreeMap<>(common);
      headers.putAll(Template.headers(json, problems));
      Optional<Object> body = Optional.ofNullable(json.getValue("body"));
      Set<Integer> done = statuses(json, "done");
      Set<Integer> last = statuses(json, "last");
      Map<String, String> take = new TreeMap<>();
      json.getJsonObject("take", new JsonObject())
          .forEach(member -> take.put(member.getKey(), (String) member.getValue()));
      json.fieldNames().stream()
          .filter(name -> !MEMBERS.contains(name))
          .forEach(name -> problem(where, name + " is not one of " + MEMBERS));
      if (method.isEmpty()) {
        problem(where, "method must be GET, POST, PUT, PATCH or DELETE");
      }
      if (!path.startsWith("/") || !path.matches("[!-~]*") || path.contains("#")) {
        problem(where, "path must begin with a slash and be encoded");
      }
      if (done.stream().anyMatch(status -> status < 300 || status > 499 || status == 401)) {
        problem(where, "done: statuses of 300 to 499 but 401");
      }
      if (last.stream().anyMatch(status -> status < 200 || status > 499 || status == 401)) {
        problem(where, "last: statuses of 200 to 499 but 401");
      }
      take.forEach((name, pointer) -> taken(where, name, pointer, known));
      if (Values.names(path).stream().anyMatch(SECRETS::contains)) {
        problem(where, "no secret in a path: paths are logged everywhere");
      }
      Set<String> used = new TreeSet<>(Values.names(path));
      headers.values().forEach(value -> used.addAll(Values.names(value)));
      body.ifPresent(value -> used.addAll(Values.names(value.toString())));
      used.forEach(name -> known(where, name, known));
      return new Request(
          method.orElse(HttpMethod.GET),
          path,
          Map.copyOf(headers),
          body,
          done,
          last,
          Map.copyOf(take));
    }

    /** Not by its own look-up, which throws at characters that no method has. */
    private static Optional<HttpMethod> method(String name) {
      return METHODS.stream().filter(method -> method.name().equals(name)).findFirst();
    }

    private static Set<Integer> statuses(JsonObject json, String member) {
      return json.getJsonArray(member, new JsonArray()).stream()
          .map(Integer.class::cast)
          .collect(Collectors.toUnmodifiableSet());
    }

    private void taken(String where, String name, String pointer, Set<String> known) {
      if (!name.matches("[A-Za-z0-9]{1,32}") || OF_DEVICE.contains(name) || known.contains(name)) {
        problem(where, "take: " + name + " is no new name of letters and digits");
      }
      if (!pointer.matches("(/[^~/]+)+")) {
        problem(where, "take: " + pointer + " is no JSON pointer like /id/id");
      }
    }

    private void known(String where, String name, Set<String> known) {
      if (!known.contains(name)) {
        problem(where, "there is no ${" + name + "} here");
      } else if (OF_PLATFORM.contains(name) && !given.contains(name)) {
        problem(where, "${" + name + "} needs a setting that is missing");
      }
    }

    private void problem(String where, String what) {
      problems.add("template: " + where + ": " + what);
    }
  }
}
