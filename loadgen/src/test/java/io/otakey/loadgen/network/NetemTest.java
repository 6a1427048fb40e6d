package io.otakey.loadgen.network;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.otakey.loadgen.Main;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What tc is told, and who may be told it; {@link NetemMain} sends packets. */
class NetemTest {
  @TempDir private Path folder;

  @Test
  void eachPort_hasAClassOfItsOwn_inBothDirections() {
    assertThat(Netem.batch(8080, NetworkClass.NB_IOT, 0.05))
        .isEqualTo(
            """
            class replace dev lo parent 1: classid 1:1f90 htb rate 100gbit quantum 60000
            qdisc replace dev lo parent 1:1f90 netem limit 200000\
             delay 700.000ms 100.000ms loss 1.0000% reorder 5.0000%
            filter add dev lo parent 1: protocol ip u32 match ip dport 8080 0xffff flowid 1:1f90
            filter add dev lo parent 1: protocol ip u32 match ip sport 8080 0xffff flowid 1:1f90
            """);
  }

  @Test
  void whatDoesNotHappen_isNotAskedFor() {
    NetworkClass steady = new NetworkClass("steady", 0, 0, 1, 1, 0, 1208, 4);
    assertThat(Netem.batch(8080, steady, 0)).contains(" delay 0.000ms 0.000ms\n");
    assertThat(Netem.batch(8080, steady, 0.01))
        .as("only who is late can be overtaken")
        .contains(" delay 1.000ms 0.000ms reorder 1.0000%\n");
  }

  @Test
  void whoeverIsInNoNamespaceOfItsOwn_hasNone() {
    assertThat(Netem.here()).isEmpty();
    assertThat(NetworkNamespace.options()).isEmpty();
  }

  @Test
  void aProgramThatComplains_isQuoted() {
    assertThatThrownBy(
            () -> Program.run("", List.of("sh", "-c", "echo first; echo second; exit 3")))
        .isInstanceOf(IOException.class)
        .hasMessage("first");
    assertThatThrownBy(() -> Program.run("x".repeat(1 << 20), List.of("sh", "-c", "exit 3")))
        .as("it does not read what it is told")
        .hasMessage("sh failed");
  }

  @Test
  void gatewaysElsewhere_cannotBeInANamespace() throws Exception {
    Path file =
        Files.writeString(
            folder.resolve("elsewhere.yaml"),
            """
            name: elsewhere
            about: its gateway is on another machine
            gateway: {use: {mqtt: "h:1", admin: "http://h:2", token-file: t}}
            population: [{devices: 1, network: ble}]
            phases: [{do: enroll}]
            assert: []
            """);
    StringWriter err = new StringWriter();
    int exit =
        Main.commandLine()
            .setErr(new PrintWriter(err))
            .execute("run", "--netem", "always", file.toString());
    assertThat(exit).isEqualTo(2);
    assertThat(err.toString())
        .startsWith("--netem always: not here (gateway.use names gateways that are elsewhere):");
  }
}
