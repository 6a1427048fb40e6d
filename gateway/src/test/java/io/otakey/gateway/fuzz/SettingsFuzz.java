package io.otakey.gateway.fuzz;

import static org.assertj.core.api.Assertions.assertThat;

import io.otakey.gateway.platform.Kinds;
import io.otakey.gateway.platform.Settings;
import io.otakey.gateway.platform.mosquitto.MosquittoKind;
import io.otakey.gateway.platform.rabbitmq.RabbitKind;
import io.otakey.gateway.platform.rest.RestKind;
import io.otakey.gateway.registry.EventCursor;
import io.otakey.gateway.transport.AddressRange;
import io.otakey.protocol.fuzz.FuzzTarget;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Settings of platforms, request templates, addresses, cursors. */
public final class SettingsFuzz implements FuzzTarget.Suite {
  private static final int EACH = 8000;
  private static final Kinds KINDS =
      new Kinds(List.of(new RabbitKind(), new MosquittoKind(), new RestKind()));

  private static final String TEMPLATE =
      """
      {"headers":{"Authorization":"Basic ${basic}"},"prepare":[{"method":"POST","path":"/u/${deviceId}",\
      "body":{"name":"${loginName}","secret":"${secret}","n":[1,null]},"done":[409],"take":{"id":"/a/0/b"}},\
      {"method":"PUT","path":"/v/${id}"}],"retire":[{"method":"DELETE","path":"/u","last":[404]}],\
      "rollback":[],"notify":[{"method":"POST","path":"/n/${branch}"}],\
      "check":{"method":"GET","path":"/"}}""";

  @Override
  public List<FuzzTarget> targets() {
    return List.of(
        new FuzzTarget(
            "platform-settings",
            EACH,
            FuzzTarget.texts(
                "url=https://broker.example:15671/a\nuser=u\nvhost=/\ntimeout=10\nnotify=true",
                "url=mqtts://[::1]:8883\nuser=u\nca=-----BEGIN CERTIFICATE-----\ninsecure=false",
                "url=http://127.0.0.1\npreset=emqx\nuser=u\ntenant=t"),
            SettingsFuzz::platform),
        new FuzzTarget("rest-template", EACH, FuzzTarget.texts(TEMPLATE), SettingsFuzz::template),
        FuzzTarget.of(
            "address-range",
            FuzzTarget.texts("192.0.2.0/24", "2001:db8::/32", "::ffff:1.2.3.4/128", "fe80::1%eth0"),
            SettingsFuzz::range),
        FuzzTarget.of(
            "event-cursor",
            FuzzTarget.texts("12-34", "999999999999999999-0"),
            bytes ->
                EventCursor.parse(text(bytes))
                    .ifPresent(
                        cursor -> assertThat(EventCursor.parse(cursor.text())).contains(cursor))));
  }

  private static void platform(byte[] bytes) {
    Map<String, String> values = new HashMap<>();
    for (String line : text(bytes).split("\n", -1)) {
      int end = line.indexOf('=');
      if (end > 0) {
        values.put(line.substring(0, end), line.substring(end + 1));
      }
    }
    for (String kind : KINDS.names()) {
      named(KINDS.problems(kind, new Settings(values, Map.of("password", "p"))));
    }
  }

  private static void template(byte[] bytes) {
    Map<String, String> open =
        Map.of("url", "https://h.example", "template", text(bytes), "user", "u");
    named(KINDS.problems("rest", new Settings(open, Map.of("password", "p"))));
  }

  private static void named(List<String> problems) {
    problems.forEach(problem -> assertThat(problem).isNotBlank());
  }

  private static void range(byte[] bytes) {
    AddressRange.parse(text(bytes))
        .ifPresent(
            range -> {
              String written = range.toString();
              assertThat(AddressRange.parse(written).orElseThrow()).hasToString(written);
              assertThat(range.contains(range.prefix())).isTrue();
            });
  }

  private static String text(byte[] bytes) {
    return new String(bytes, StandardCharsets.UTF_8);
  }
}
