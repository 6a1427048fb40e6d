package io.otakey.gateway.transport.hook;

import static org.assertj.core.api.Assertions.assertThat;

import io.otakey.protocol.fuzz.FuzzTarget;
import java.nio.charset.StandardCharsets;
import java.util.List;

/** Questions of brokers, in each dialect and either form. */
public final class HookFuzz implements FuzzTarget.Suite {
  private static final List<String> QUESTIONS =
      List.of(
          "user", "vhost", "resource", "topic", "authn", "authz", "superuser", "acl", "", "none");

  @Override
  public List<FuzzTarget> targets() {
    return List.of(
        FuzzTarget.of(
            "hook-form",
            FuzzTarget.texts(
                "username=thermo.a1.00ff&password=p%20w&client_id=c&clientid=c",
                "username=u&resource=queue&name=mqtt-subscription-cqos1&permission=read",
                "username=u&routing_key=a.b.c&topic=a/b&vhost=%2F"),
            bytes -> ask("application/x-www-form-urlencoded", bytes)),
        FuzzTarget.of(
            "hook-json",
            FuzzTarget.texts(
                "{\"username\":\"thermo.a1.00ff\",\"password\":\"p\",\"clientid\":\"c\"}",
                "{\"username\":\"u\",\"topic\":\"a/b\",\"acc\":2,\"x\":[{\"y\":null}]}"),
            bytes -> ask("application/json", bytes)));
  }

  private static void ask(String mediaType, byte[] bytes) {
    String body = new String(bytes, StandardCharsets.UTF_8);
    Fields.read(mediaType, body)
        .ifPresent(
            fields -> {
              for (Dialect dialect : Dialect.values()) {
                for (String what : QUESTIONS) {
                  assertThat(dialect.read(what, fields)).isNotNull();
                }
              }
            });
  }
}
