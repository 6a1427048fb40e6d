package io.otakey.loadgen.experiment;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.otakey.loadgen.Main;
import io.otakey.loadgen.file.FileException;
import io.otakey.loadgen.file.RecordReader;
import io.otakey.loadgen.file.Scale;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Files of experiments: every mistake is named with its line, and what is shipped has none. */
class ExperimentFileTest {
  private static final Path ROOT = Path.of(System.getProperty("otakey.root"));
  private static final String SMALLEST =
      """
      name: x
      about: nothing
      population:
        - devices: {tiny: 1, small: 20, full: 300}
      phases:
        - do: enroll
      assert: []
      """;

  @TempDir private Path folder;

  private static Experiment read(String text, Scale scale) throws FileException {
    return RecordReader.read(Experiment.class, text, scale);
  }

  private static List<String> problems(String text) {
    FileException thrown = catchThrowableOfType(FileException.class, () -> read(text, Scale.SMALL));
    return thrown.problems().stream().map(FileException.Problem::toString).toList();
  }

  @Test
  void whatIsLeftOut_hasItsFallback_andScalesChoose() throws FileException {
    Experiment small = read(SMALLEST, Scale.SMALL);
    assertThat(small.devices()).isEqualTo(20);
    assertThat(read(SMALLEST, Scale.TINY).devices()).isEqualTo(1);
    assertThat(read(SMALLEST, Scale.FULL).devices()).isEqualTo(300);
    assertThat(read(SMALLEST.replace("tiny: 1, ", ""), Scale.TINY).devices())
        .as("the next larger one")
        .isEqualTo(20);
    assertThat(small.products()).extracting(Experiment.Product::id).containsExactly("demo");
    assertThat(small.waits().answer()).isEqualTo(Duration.ofSeconds(5));
    assertThat(small.arrival().rate(100)).isEqualTo(500);
    assertThat(small.population().get(0).ownConnections()).isTrue();
  }

  @Test
  void everyMistake_isNamedAtOnce_withItsLine() {
    String wrong =
        """
        name: Wrong Name
        abuot: a typing error
        seed: one
        gateway: {nodes: 99, use: {mqtt: here, admin: "ftp://x"}}
        population:
          - devices: {small: 0, full: many}
            transport: pigeon
            product: nobody
          - devices: 5
            network: underwater
        arrival: {shape: burst, rate: 5}
        network:
          loss: 120%
        waits: {answer: 5}
        phases:
          - do: rotate
          - do: idle
          - do: re-home
            to: nowhere
        faults:
          - {do: gateway-kill, phase: lunch, at: 50%}
          - {do: power-cut, phase: idle}
        assert:
          - bricked = 0
          - beauty > 1
          - p99 < 5
          - lunch.p99 < 5s
          - growth.p50 < 2
        name: again
        """;
    List<String> found = problems(wrong);
    List<String> wanted =
        List.of(
            "line 1: name must be lower-case letters, digits and dashes, 40 at most",
            "line 1: about is missing",
            "line 2: abuot is not known here; known are name, about",
            "line 3: seed must be a whole number",
            "line 4: gateway.nodes must be a whole number from 1 to 8, not \"99\"",
            "line 4: gateway.use.mqtt must be host:port",
            "line 4: gateway.use.admin must be a URL",
            "line 4: gateway.use.token-file is missing",
            "line 6: population[0].devices.small must be a whole number from 1",
            "line 6: population[0].devices.full must be a whole number",
            "line 7: population[0].transport must be one of mqtt, http, mix",
            "line 11: arrival.shape burst needs within",
            "line 13: network.loss must be a number from 0 to 0.99, not \"120%\"",
            "line 14: waits.answer must be a time, as 500ms",
            "line 17: phases[1].do idle needs for: how long",
            "line 24: assert[0] must be FIGURE OPERATOR VALUE",
            "line 29: name is there twice: keep one");
    for (String each : wanted) {
      assertThat(found).as("%s", found).anyMatch(problem -> problem.startsWith(each));
    }
  }

  @Test
  void partsThatDoNotFitTogether_areNamedWithTheirLines() {
    String wrong =
        """
        name: wrong
        about: each part is right, all together they are not
        gateway: {use: {mqtt: "h:1", admin: "http://h:2", token-file: t}}
        population:
          - devices: 5
            product: nobody
          - devices: 5
            network: underwater
        phases:
          - do: rotate
          - do: re-home
            to: nowhere
          - do: rotate
        faults:
          - {do: gateway-kill, phase: lunch}
          - {do: power-cut, phase: re-home}
          - {do: network-cut, phase: rotate, network: ether}
          - {do: network-stall, phase: rotate, network: underwater}
        generator: {processes: 2}
        assert:
          - beauty > 1
          - p99 < 5
          - lunch.p99 < 5s
          - growth.p50 < 2
          - rotate.bricked == 0
        """;
    List<String> found = problems(wrong);
    List<String> wanted =
        List.of(
            "line 6: population[0].product is none of the products: demo",
            "line 8: population[1].network is none of the presets",
            "line 10: phases must begin with do: enroll",
            "line 11: phases[1].do re-home needs platforms",
            "line 12: phases[1].to is none of the platforms",
            "line 13: phases[2] has a name that is there already",
            "line 15: faults[0].phase is none of the phases: rotate, re-home, rotate",
            "line 15: faults[0].do needs a gateway of the run's own",
            "line 16: faults[1].phase must enroll or rotate",
            "line 17: faults[2].network is none that groups are on: underwater",
            "line 17: faults[2].do is for one process",
            "line 18: faults[3].do is for one process: remove generator.processes",
            "line 21: assert[0] names beauty, which is no figure",
            "line 22: assert[1] compares p99 with 5, but it is a time, with us, ms",
            "line 23: assert[2] names lunch.p99, which is of none of the phases",
            "line 24: assert[3] names growth.p50, but nothing is varied",
            "line 25: assert[4] names rotate.bricked, but phases have no such figure");
    for (String each : wanted) {
      assertThat(found).as("%s", found).anyMatch(problem -> problem.startsWith(each));
    }
    assertThat(found).hasSize(wanted.size());
  }

  @Test
  void networksGroupsAndProcessesThatDoNotFit_areNamedWithTheirLines() {
    String wrong =
        """
        name: wrong
        about: each part is right, all together they are not
        products:
          - {id: demo, allow-list: true}
        networks:
          - {name: ble, like: thread}
          - {name: mine, like: water}
          - {name: bare, delay: 5ms}
        population:
          - {devices: 5, network: mine, own-connections: false}
          - {devices: 500, kind: chip, transport: http}
          - {name: enroll, devices: 5, kind: host}
        generator: {processes: 2, joining: 3}
        baselines: {}
        phases:
          - do: enroll
        assert:
          - group-1.p99 < 5s
          - group-1.gateway-cpu < 5s
          - group-9.p99 < 5s
        """;
    List<String> found = problems(wrong);
    List<String> wanted =
        List.of(
            "line 6: networks[0].name is there already",
            "line 7: networks[1].like is none of the presets: [ble, thread, nb-iot, lte-m]",
            "line 8: networks[2].name needs delay, up-bits and down-bits, or like",
            "line 10: population[0].network is each device's own",
            "line 11: population[1].transport must be mqtt",
            "line 11: population[1].product must be one without allow-list",
            "line 11: population[1].devices are too many",
            "line 12: population[2].product must be one without allow-list",
            "line 12: population[2].name is a group's or phase's already",
            "line 13: generator.joining is more than generator.processes",
            "line 14: baselines need a first product without allow-list",
            "line 19: assert[1] names group-1.gateway-cpu, but groups have no such figure",
            "line 20: assert[2] names group-9.p99, which is of none of the phases: enroll, and none");
    for (String each : wanted) {
      assertThat(found).as("%s", found).anyMatch(problem -> problem.startsWith(each));
    }
    assertThat(found).hasSize(wanted.size());
  }

  @Test
  void faultsBesideFirmwareAlone_haveNobodyToSayWhen() throws Exception {
    String both =
        SMALLEST.replace("population:", "population:\n  - {name: two, devices: 2, kind: host}")
            + "faults:\n  - {do: gateway-kill, phase: enroll}\n";
    assertThat(RecordReader.read(Experiment.class, both, Scale.TINY).faults()).hasSize(1);
    assertThat(problems(both.replace("- devices:", "- kind: host\n    devices:")))
        .singleElement()
        .asString()
        .startsWith("line 11: faults[0].at is a share of virtual devices, and there are none");
  }

  /** What is said of one mistake is about that mistake, and says what to do. */
  @Test
  void messages_sayWhatWasMeant() {
    assertThat(problems(SMALLEST.replace("about", "abuot")))
        .anyMatch(problem -> problem.endsWith("assert; did you mean about?"));
    assertThat(problems(SMALLEST.replace("[]", "[brick == 0]")))
        .singleElement()
        .asString()
        .endsWith("; did you mean bricked?");
    assertThat(problems(SMALLEST.replace("[]", "[\"rates > 2\", \"beauty > 2\"]")))
        .as("nothing is near beauty")
        .hasSize(2)
        .anyMatch(problem -> problem.endsWith("; did you mean rate?"))
        .anyMatch(problem -> problem.endsWith(", update-time-ratio"));
    assertThat(problems(SMALLEST.replace("[]", "[{p99: 5}]")))
        .containsExactly(
            "line 7: assert[0] must be FIGURE OPERATOR VALUE, as \"p99 < 2s\" or"
                + " \"enrolled == devices\"");
    assertThat(problems(SMALLEST.replace("full: 300", "huge: 300")))
        .containsExactly(
            "line 4: population[0].devices must be a whole number from 1 to 10000000, or one for"
                + " each scale: tiny, small, full");
    assertThat(problems(SMALLEST.replace("- do: enroll", "- enroll")))
        .containsExactly(
            "line 6: phases[0] must be keys with values, as \"do: ...\", not \"enroll\"; known are"
                + " do, name, arrival, for, to");
    assertThat(problems(SMALLEST + "waits: {scale: 0, answer: 5 s, poll: 0s}\n"))
        .containsExactly(
            "line 8: waits.scale must be a number from 0.0001 to 1, not \"0\"",
            "line 8: waits.answer must be a time, as 500ms, 2s, 5m or 1h, from 0.001 to 600"
                + " seconds, not \"5 s\"",
            "line 8: waits.poll must be a time, as 500ms, 2s, 5m or 1h, 0.1 seconds or more, not"
                + " \"0s\"");
    assertThat(problems(SMALLEST.replace("nothing", "what: is this")))
        .containsExactly(
            "line 2: this is no YAML: mapping values are not allowed here: put text that has"
                + " \": \" in it in quotes");
    assertThat(problems(SMALLEST.replace("nothing", "\"nothing")))
        .singleElement()
        .asString()
        .contains("while scanning a quoted scalar from line 2");
  }

  /** An element that is wrong is not there to be counted, and shifts none of the others. */
  @Test
  void whatIsWrongByItself_inventsNoMistakeBesides() throws Exception {
    String wrong =
        SMALLEST.replace("[]", "[nonsense, lamps.bricked == 0]").replace("do: enroll", "do: enrol");
    assertThat(problems(wrong))
        .hasSize(2)
        .anyMatch(problem -> problem.startsWith("line 6: phases[0].do must be one of"))
        .anyMatch(problem -> problem.startsWith("line 7: assert[0] must be FIGURE"));
    Path file = Files.writeString(folder.resolve("wrong.yaml"), wrong);
    assertThat(complaints(file)).contains("how its parts go together is looked at when each is");
    Files.writeString(file, SMALLEST.replace("[]", "[lamps.bricked == 0]"));
    assertThat(complaints(file))
        .contains("assert[0] names lamps.bricked, which is of none of the phases: enroll")
        .doesNotContain("how its parts go together");
  }

  @Test
  void whatIsVaried_mustBeWhatItCanBe() {
    for (String wrong :
        List.of(
            "{what: nodes, values: [1, 1.5]}",
            "{what: nodes, values: [9]}",
            "{what: loss, values: [1]}",
            "{what: devices, values: [0]}",
            "{what: rate, values: []}")) {
      assertThat(problems(SMALLEST + "vary: " + wrong + "\n"))
          .as(wrong)
          .singleElement()
          .asString()
          .startsWith("line 8: vary.values must ");
    }
  }

  @Test
  void whatIsNoText_orNoFile_isNamed() throws Exception {
    Path file = Files.write(folder.resolve("wrong.yaml"), new byte[] {(byte) 0xff, (byte) 0xfe});
    assertThat(complaints(file)).isEqualTo(file + ": this is no text in UTF-8\n");
    assertThat(complaints(folder)).startsWith(folder + " is no file that can be read");
  }

  private static String complaints(Path file) {
    StringWriter err = new StringWriter();
    int exit =
        Main.commandLine().setErr(new PrintWriter(err)).execute("run", "--check", file.toString());
    assertThat(exit).isEqualTo(2);
    return err.toString();
  }

  @Test
  void shares_addUpToTheWhole() throws FileException {
    Experiment all =
        read(
            SMALLEST.replace(
                "  - devices: {tiny: 1, small: 20, full: 300}",
                "  - {devices: 20}\n  - {devices: 2}\n  - {devices: 7, kind: host}"),
            Scale.SMALL);
    List<Experiment> shares = List.of(all.share(0, 3), all.share(1, 3), all.share(2, 3));
    assertThat(shares.stream().mapToInt(Experiment::virtualDevices).sum()).isEqualTo(22);
    assertThat(shares.stream().mapToInt(each -> each.population().get(1).devices()))
        .as("a share may be none")
        .containsExactlyInAnyOrder(0, 1, 1);
    assertThat(shares.stream().mapToDouble(each -> each.arrival().rate(1)).sum())
        .isCloseTo(500, org.assertj.core.data.Offset.offset(1e-6));
    assertThat(shares.stream().mapToLong(Experiment::seed).distinct()).hasSize(3);
  }

  @Test
  void whatIsNoYaml_isNamedWithItsLine() {
    assertThat(problems("name: x\n  about: [\n")).singleElement().asString().startsWith("line 2");
    assertThat(problems("")).singleElement().asString().contains("the file is empty");
    assertThat(problems("- a\n")).singleElement().asString().contains("must be keys with values");
  }

  @Test
  void whatIsShipped_isRightAtEveryScale() throws Exception {
    try (Stream<Path> files = Files.list(ROOT.resolve("loadgen").resolve("experiments"))) {
      List<Path> shipped = files.filter(file -> file.toString().endsWith(".yaml")).toList();
      assertThat(shipped).hasSizeGreaterThanOrEqualTo(5);
      for (Path file : shipped) {
        for (Scale scale : Scale.values()) {
          Experiment experiment = read(Files.readString(file), scale);
          assertThat(experiment.assertions()).as("%s", file).isNotEmpty();
        }
      }
    }
  }

  @Test
  void schemaAndFigures_arePublishedAsTheyAre() throws Exception {
    Path docs = ROOT.resolve("docs");
    assertThat(print("schema"))
        .as("./otakey loadgen schema > docs/experiment.schema.json")
        .isEqualTo(Files.readString(docs.resolve("experiment.schema.json")));
    assertThat(Files.readString(docs.resolve("experiments.md")))
        .as("./otakey loadgen schema --figures")
        .contains(print("schema", "--figures"));
  }

  private static String print(String... command) {
    StringWriter out = new StringWriter();
    assertThat(Main.commandLine().setOut(new PrintWriter(out)).execute(command)).isZero();
    return out.toString();
  }

  @Test
  void command_refusesAWrongFile_andNamesTheLine() throws Exception {
    Path file = Files.writeString(folder.resolve("wrong.yaml"), SMALLEST + "speed: 5\n");
    assertThat(complaints(file)).contains(file + ": line 8: speed is not known here");
  }

  @Test
  void assertions_compareWithUnits() {
    var figures = java.util.Map.of("p99", 1999.0, "bricked", 0.0, "enrolled", 5.0, "devices", 5.0);
    assertThat(Assertion.parse("p99 < 2s").holds(figures)).isTrue();
    assertThat(Assertion.parse("p99 < 1_999ms").holds(figures)).isFalse();
    assertThat(Assertion.parse("p99 <= 1999ms").holds(figures)).isTrue();
    assertThat(Assertion.parse("bricked == 0").holds(figures)).isTrue();
    assertThat(Assertion.parse("bricked != 0").holds(figures)).isFalse();
    assertThat(Assertion.parse("enrolled >= devices").holds(figures)).isTrue();
    assertThat(Assertion.parse("enrolled > devices").holds(figures)).isFalse();
    assertThat(Assertion.parse("outages == 0").holds(figures)).as("not known").isFalse();
    assertThatThrownBy(() -> Assertion.parse("p99 ~ 2s"))
        .isInstanceOf(IllegalArgumentException.class);
  }
}
