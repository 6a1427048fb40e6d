package io.otakey.gateway.platform.mosquitto;

import io.otakey.gateway.platform.Credential;
import io.otakey.gateway.platform.Each;
import io.otakey.gateway.platform.Login;
import io.otakey.gateway.platform.Outcome;
import io.otakey.gateway.platform.PlatformConnector;
import io.otakey.gateway.platform.PlatformException;
import io.vertx.core.Future;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * Writes a client and a role of the same name for each login. A changed password would throw the
 * device out, so nothing is ever changed: every login is a client of its own.
 */
final class MosquittoConnector implements PlatformConnector {
  // The broker does nothing else meanwhile, and writes its whole file after each command.
  private static final int MAX_BATCH = 10;
  private static final int PAGE = 500;
  private static final String THERE_ALREADY = " already exists";
  private static final String GONE_ALREADY = " not found";
  private static final Outcome PATTERN =
      new Outcome.Failed(
          "mosquitto takes +, #, %c and %u in topics for patterns: give the connection another topic"
              + " prefix");

  private final ControlLink link;

  MosquittoConnector(ControlLink link) {
    this.link = link;
  }

  @Override
  public int maxBatch() {
    return MAX_BATCH;
  }

  @Override
  public int lanes() {
    return 1;
  }

  @Override
  public Future<List<Outcome>> prepare(List<Credential> credentials) {
    return Each.of(
        credentials.stream()
            .map(each -> Optional.of(each).filter(writable -> isLiteral(each.login().branch())))
            .toList(),
        i -> PATTERN,
        this::write);
  }

  private Future<List<Outcome>> write(List<Credential> credentials) {
    List<JsonObject> commands =
        credentials.stream().flatMap(each -> Stream.of(role(each.login()), client(each))).toList();
    return outcomes(commands, 2, THERE_ALREADY);
  }

  /**
   * Clients first: mosquitto 2.0.11 dies when a role goes that a client still has, so a role goes
   * only once its client is known to be gone.
   */
  @Override
  public Future<List<Outcome>> retire(List<Login> logins) {
    return each(logins, "deleteClient", "username")
        .compose(
            gone ->
                Each.of(
                    IntStream.range(0, logins.size())
                        .mapToObj(
                            i ->
                                Optional.of(logins.get(i))
                                    .filter(clear -> gone.get(i).equals(Outcome.DONE)))
                        .toList(),
                    gone::get,
                    clear -> each(clear, "deleteRole", "rolename")));
  }

  private Future<List<Outcome>> each(List<Login> logins, String command, String member) {
    return outcomes(
        logins.stream().map(login -> command(command).put(member, login.name())).toList(),
        1,
        GONE_ALREADY);
  }

  /** Mosquitto does not say so where the gateway's client may not publish there. */
  @Override
  public Future<List<Outcome>> notify(List<Login> logins) {
    List<String> topics =
        logins.stream().filter(login -> isLiteral(login.branch())).map(Login::noticeTopic).toList();
    return link.tell(topics).map(sent -> Collections.nCopies(logins.size(), Outcome.DONE));
  }

  @Override
  public boolean lists() {
    return true;
  }

  @Override
  public Future<Names> list(Optional<String> page) {
    int offset = page.map(Integer::parseInt).orElse(0);
    JsonObject command =
        command("listClients").put("verbose", false).put("count", PAGE).put("offset", offset);
    return one(command)
        .map(
            data -> {
              List<String> names =
                  data.getJsonArray("clients", new JsonArray()).stream()
                      .map(String::valueOf)
                      .toList();
              int end = offset + names.size();
              boolean more = !names.isEmpty() && end < data.getInteger("totalCount", 0);
              return new Names(names, more ? Optional.of("" + end) : Optional.empty());
            });
  }

  @Override
  public Future<Void> check() {
    return one(command("getDefaultACLAccess"))
        .compose(
            data -> {
              List<String> open =
                  data.getJsonArray("acls", new JsonArray()).stream()
                      .map(JsonObject.class::cast)
                      .filter(acl -> acl.getBoolean("allow", false))
                      .map(acl -> acl.getString("acltype", ""))
                      .filter(type -> type.equals("publishClientSend") || type.equals("subscribe"))
                      .toList();
              return open.isEmpty()
                  ? Future.<Void>succeededFuture()
                  : Future.failedFuture(
                      new PlatformException(
                          "mosquitto lets every device use every topic: deny "
                              + String.join(" and ", open)
                              + " with the plugin's command setDefaultACLAccess"));
            });
  }

  @Override
  public Future<Void> close() {
    return link.close();
  }

  private static JsonObject command(String name) {
    return new JsonObject().put("command", name);
  }

  private static JsonObject role(Login login) {
    String own = login.branch() + "#";
    return command("createRole")
        .put("rolename", login.name())
        .put(
            "acls",
            new JsonArray()
                .add(allow("publishClientSend", own))
                .add(allow("publishClientReceive", own))
                .add(allow("subscribePattern", own)));
  }

  private static JsonObject allow(String type, String topic) {
    return new JsonObject()
        .put("acltype", type)
        .put("topic", topic)
        .put("priority", 0)
        .put("allow", true);
  }

  private static JsonObject client(Credential credential) {
    Login login = credential.login();
    return command("createClient")
        .put("username", login.name())
        .put("password", credential.secret())
        .put("clientid", login.clientId())
        .put("roles", new JsonArray().add(new JsonObject().put("rolename", login.name())));
  }

  private static boolean isLiteral(String branch) {
    return !branch.contains("+")
        && !branch.contains("#")
        && !branch.contains("%c")
        && !branch.contains("%u");
  }

  /**
   * Sends commands.
   *
   * @param size how many make one outcome
   * @param done an error that ends so says that there was nothing to do
   */
  private Future<List<Outcome>> outcomes(List<JsonObject> commands, int size, String done) {
    if (commands.isEmpty()) {
      return Future.succeededFuture(List.of());
    }
    return link.send(commands)
        .map(
            answers -> {
              List<Outcome> outcomes = new ArrayList<>();
              for (int i = 0; i < answers.size(); i += size) {
                outcomes.add(outcome(answers.subList(i, i + size), done));
              }
              return outcomes;
            });
  }

  private static Outcome outcome(List<JsonObject> answers, String done) {
    return answers.stream()
        .filter(answer -> !answer.getString("error", done).endsWith(done))
        .findFirst()
        .<Outcome>map(
            answer ->
                new Outcome.Failed(
                    "mosquitto: " + answer.getString("command") + ": " + answer.getString("error")))
        .orElse(Outcome.DONE);
  }

  private Future<JsonObject> one(JsonObject command) {
    return link.send(List.of(command))
        .map(
            answers -> {
              String error = answers.get(0).getString("error");
              if (error != null) {
                throw new PlatformException(
                    "mosquitto refuses " + command.getString("command") + ": " + error);
              }
              return answers.get(0).getJsonObject("data", new JsonObject());
            });
  }
}
