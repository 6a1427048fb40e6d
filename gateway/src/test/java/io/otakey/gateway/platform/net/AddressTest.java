package io.otakey.gateway.platform.net;

import static org.assertj.core.api.Assertions.assertThat;

import io.otakey.gateway.platform.Settings;
import io.otakey.gateway.platform.net.Address.Schemes;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class AddressTest {
  @Test
  void read_takesPortsAndPaths() {
    assertThat(read("https://broker.example.com", Map.of()))
        .hasToString("broker.example.com:443")
        .matches(Address::tls);
    Address local = read("http://[::1]:15672/rabbit/", Map.of("timeout", "3"));
    assertThat(local.host()).isEqualTo("::1");
    assertThat(local.port()).isEqualTo(15672);
    assertThat(local.path()).isEqualTo("/rabbit");
    assertThat(local.timeout()).hasSeconds(3);
  }

  @Test
  void read_wantsTlsToOtherMachines() {
    for (String other : List.of("10.0.0.1", "broker", "localhost.example.com", "127.example.com")) {
      assertThat(problems("http://" + other, Map.of())).as(other).hasSize(1);
      assertThat(problems("https://" + other, Map.of())).isEmpty();
      assertThat(problems("http://" + other, Map.of("insecure", "true"))).isEmpty();
    }
    for (String here : List.of("127.0.0.1", "127.1.2.3", "localhost", "[::1]")) {
      assertThat(problems("http://" + here + ":1", Map.of())).as(here).isEmpty();
    }
  }

  @Test
  void read_namesEveryFault() {
    assertThat(problems("ftp://h", Map.of("insecure", "yes", "timeout", "61", "ca", "/etc/ca.pem")))
        .hasSize(4)
        .anyMatch(problem -> problem.startsWith("url "))
        .anyMatch(problem -> problem.startsWith("insecure "))
        .anyMatch(problem -> problem.startsWith("timeout "))
        .anyMatch(problem -> problem.startsWith("ca "));
    for (String wrong :
        List.of(
            "",
            "https://",
            "https://u:hunter2@h",
            "https://h?x=1",
            "https://h#x",
            "https://h:0",
            "https://[::99999999999.9]")) {
      assertThat(problems(wrong, Map.of()))
          .as(wrong)
          .hasSize(1)
          .noneMatch(p -> p.contains("hunter2"));
    }
    assertThat(problems("https://h", Map.of("timeout", "0"))).hasSize(1);
  }

  private static Address read(String url, Map<String, String> more) {
    return Address.of(settings(url, more), Schemes.HTTP);
  }

  private static List<String> problems(String url, Map<String, String> more) {
    List<String> problems = new ArrayList<>();
    assertThat(Address.read(settings(url, more), Schemes.HTTP, problems).isPresent())
        .isEqualTo(problems.isEmpty());
    return problems;
  }

  private static Settings settings(String url, Map<String, String> more) {
    Map<String, String> open = new HashMap<>(more);
    open.put("url", url);
    return new Settings(open, Map.of());
  }
}
